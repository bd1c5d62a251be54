"""Sending by OpenTelemetry's own exporters: encoding, headers, retries and certificates are theirs.

The only module that needs the extra ``otel``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import requests
from google.protobuf.message import DecodeError
from opentelemetry._logs import LogRecord as OtelRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.metrics import export as otel_metrics
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from .endpoints import Answer, Endpoint
from .metric_streams import Histogram, Stream
from .span import LogRecord, Span

_NS = 1_000_000
_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
# A signal that the backend does not take at all.
_NOT_TAKEN = frozenset({404, 405, 501})
_EXPORTERS: dict[str, Any] = {
    "traces": OTLPSpanExporter,
    "logs": OTLPLogExporter,
    "metrics": OTLPMetricExporter,
}
_RESPONSES: dict[str, Any] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
}


class _Session(requests.Session):
    """Remembers what became of the last request, which the exporters only log."""

    asked = False
    response: requests.Response | None = None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request."""
        self.asked, self.response = True, None
        self.response = super().send(request, **kwargs)
        return self.response


class Collector:
    """The way to one endpoint."""

    def __init__(self, endpoint: Endpoint, instance: str, version: str) -> None:
        """Make ready; nothing is sent yet.

        `instance` says whose metrics they are, so that those of two stores do not mix.
        """
        # Its errors come as answers.
        logging.getLogger("opentelemetry").addHandler(logging.NullHandler())
        logging.getLogger("opentelemetry").propagate = False
        self._endpoint = endpoint
        self._session = _Session()
        self._exporter = _EXPORTERS[endpoint.signal](endpoint=endpoint.url, session=self._session)
        ours = {"service.name": "opencode", "service.instance.id": instance}
        # What the user sets in the environment wins.
        self._resource = Resource(ours).merge(OTELResourceDetector().detect())
        self._scope = InstrumentationScope("tachikoma-telemetry", version)

    def close(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()

    def send_spans(self, spans: Sequence[Span]) -> Answer:
        """Send a batch of spans."""
        return self._sent([self._span(each) for each in spans])

    def send_logs(self, records: Sequence[LogRecord]) -> Answer:
        """Send a batch of log records."""
        return self._sent([self._record(each) for each in records])

    def send_metrics(self, streams: Sequence[Stream], since: int, now: int) -> Answer:
        """Send totals since a time; both in ms since the epoch."""
        metrics = [
            otel_metrics.Metric(
                each.name, each.description, each.unit, _data(each, since * _NS, now * _NS)
            )
            for each in streams
        ]
        scope = otel_metrics.ScopeMetrics(self._scope, metrics, "")
        data = otel_metrics.ResourceMetrics(self._resource, [scope], "")
        return self._sent(otel_metrics.MetricsData([data]))

    def _sent(self, batch: object) -> Answer:
        session, where = self._session, self._endpoint.shown
        session.asked, session.response = False, None
        result = self._exporter.export(batch)
        response = session.response
        if result.name == "SUCCESS":
            return Answer(taken=True, problem=self._rejected(response))
        if not session.asked:
            return Answer(taken=False, problem="OpenTelemetry's exporter can't encode it")
        if response is None:
            return Answer(taken=False, problem=f"no answer from {where}", silent=True)
        code = response.status_code
        return Answer(
            taken=False,
            problem=f"{where} answered {code} {response.reason or ''}".rstrip(),
            refused=code in _NOT_TAKEN,
        )

    def _rejected(self, response: requests.Response | None) -> str | None:
        """What the backend says it rejected of a batch; by the protocol it is not sent again."""
        message, name = _RESPONSES[self._endpoint.signal]
        try:
            partial = message.FromString(response.content if response else b"").partial_success
        except DecodeError:
            return None
        count = getattr(partial, name)
        why = " ".join(partial.error_message.split())[:200]
        return f"{self._endpoint.shown} rejected {count:,}: {why}" if count else None

    def _span(self, span: Span) -> ReadableSpan:
        around = None if span.parent is None else _context(span.trace, span.parent)
        return ReadableSpan(
            span.name,
            _context(span.trace, span.id),
            around,
            self._resource,
            span.attributes,
            [Event(each.name, each.attributes, each.time * _NS) for each in span.events],
            [Link(_context(each.trace, each.span)) for each in span.links],
            _KINDS[span.kind],
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=span.start * _NS,
            end_time=span.end * _NS,
            instrumentation_scope=self._scope,
        )

    def _record(self, record: LogRecord) -> ReadableLogRecord:
        around = set_span_in_context(NonRecordingSpan(_context(record.trace, record.span)))
        made = OtelRecord(
            timestamp=record.time * _NS,
            observed_timestamp=record.time * _NS,
            context=around,
            attributes=record.attributes,
            event_name=record.name,
        )
        return ReadableLogRecord(made, self._resource, self._scope)


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _data(stream: Stream, since: int, now: int) -> otel_metrics.Sum | otel_metrics.Histogram:
    numbers, spreads = [], []
    for attributes, value in stream.points.items():
        if isinstance(value, Histogram):
            spreads.append(
                otel_metrics.HistogramDataPoint(
                    dict(attributes),
                    since,
                    now,
                    value.count,
                    value.sum,
                    value.buckets,
                    stream.bounds,
                    value.min,
                    value.max,
                )
            )
        else:
            numbers.append(otel_metrics.NumberDataPoint(dict(attributes), since, now, value))
    total = otel_metrics.AggregationTemporality.CUMULATIVE
    if stream.bounds:
        return otel_metrics.Histogram(spreads, total)
    return otel_metrics.Sum(numbers, total, is_monotonic=True)
