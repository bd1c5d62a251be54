"""Backends that tests export to: a real one, and one that fails as it is told. All on loopback."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tachikoma_telemetry.export.otlp.otlp_export import SignalResult, export

from ..reports_store import NOW

# Of a receiver that loses what it took in.
_PATIENCE_MS = 10_000


def send(store: Path, endpoint: str | None, now: int = NOW, **options: Any) -> list[SignalResult]:
    """Export a store, as of a time."""
    return export(store, endpoint=endpoint, version="0", now=now, **options)


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Received:
    """What came in, in order."""

    endpoint: str
    spans: list[Any] = field(default_factory=list, repr=False)
    logs: list[Any] = field(default_factory=list, repr=False)
    metrics: list[Any] = field(default_factory=list, repr=False)

    def named(self, name: str) -> Any:
        """The one span of a name."""
        (found,) = (each for each in self.spans if each.name == name)
        return found

    def metric(self, name: str) -> Any:
        """The last that came of a metric."""
        return [each for each in self.metrics if each.name == name][-1]

    def children(self, span: Any) -> list[Any]:
        """The spans directly below one."""
        return [each for each in self.spans if each.parent_span_id == span.span_id]


class Tap(Received):
    """The receiver `oteltap`, in this process."""

    handle = 0

    def drain(self) -> Tap:
        """Take over what came since: up to a last record of each signal, which is sent for that."""
        core, traces = _core(), ExportTraceServiceRequest()
        logs, metrics = ExportLogsServiceRequest(), ExportMetricsServiceRequest()
        span = traces.resource_spans.add().scope_spans.add().spans.add(name="last")
        log = logs.resource_logs.add().scope_logs.add().log_records.add(severity_text="last")
        metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="last")
        for signal, request, last, poll, into in (
            ("traces", traces, span, core.oteltap_poll_trace, self.spans),
            ("logs", logs, log, core.oteltap_poll_log, self.logs),
            ("metrics", metrics, metric, core.oteltap_poll_metric, self.metrics),
        ):
            self._post(signal, request.SerializeToString())
            while (record := self._next(poll, type(last))) != last:
                into.append(record)
        return self

    def _post(self, signal: str, body: bytes) -> None:
        headers = {"Content-Type": "application/x-protobuf"}
        with urlopen(Request(f"{self.endpoint}/v1/{signal}", body, headers)) as response:
            assert response.status == 200

    def _next(self, poll: Callable[[int, int], tuple[int, bytes | None]], kind: Any) -> Any:
        status, data = poll(self.handle, _PATIENCE_MS)
        assert status >= 0
        assert data is not None, f"no {kind.__name__} came"
        return kind.FromString(data)


def _core() -> Any:
    try:
        from oteltap.oteltap_core import OtelTapCore
    except OSError as error:
        pytest.skip(f"oteltap has no library for this machine: {error}")
    return OtelTapCore


@contextmanager
def tap() -> Iterator[Tap]:
    """A real receiver of all three signals."""
    core, port = _core(), free_port()
    receiver = Tap(f"http://127.0.0.1:{port}")
    status, receiver.handle = core.oteltap_start_receiving_http_protobuf(port, 0, None, None, None)
    assert status >= 0
    try:
        yield receiver
    finally:
        core.oteltap_stop_receiving(receiver.handle)


class Backend(Received):
    """A backend that answers as a test wants.

    Attributes:
        status: by signal, what it answers; 200 without an entry. A list is used up, one a request.
        rejects: spans that it says it rejected.
        resources: of the requests.
        headers: of the requests.

    """

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.status: dict[str, Any] = {}
        self.rejects = 0
        self.resources: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.batches: list[int] = []

    def answer(self, signal: str, body: bytes) -> tuple[int, bytes]:
        """What a request gets, and takes it in where that is 200."""
        status = self.status.get(signal, 200)
        if isinstance(status, list):
            status = status.pop(0) if status else 200
        if status != 200:
            return status, b""
        if signal == "traces":
            for each in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resources.append(attributes(each.resource))
                for scope in each.scope_spans:
                    self.batches.append(len(scope.spans))
                    self.spans += scope.spans
            response = ExportTraceServiceResponse()
            if self.rejects:
                response.partial_success.rejected_spans = self.rejects
                response.partial_success.error_message = "too\n old\x1b[31m"
            return 200, response.SerializeToString()
        if signal == "logs":
            for each in ExportLogsServiceRequest.FromString(body).resource_logs:
                self.logs += [record for scope in each.scope_logs for record in scope.log_records]
        else:
            for each in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                self.metrics += [metric for scope in each.scope_metrics for metric in scope.metrics]
        return 200, b""


@contextmanager
def backend() -> Iterator[Backend]:
    """A backend that answers as a test wants."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = zlib.decompress(body, wbits=31)
            answering.headers.append(self.headers)
            status, text = answering.answer(self.path.rpartition("/")[2], body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answering = Backend(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield answering
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def attributes(thing: Any) -> dict[str, Any]:
    """The attributes of a protobuf message as plain values."""
    return {each.key: _value(each.value) for each in thing.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
