"""Where each signal goes: ``--endpoint``, or OpenTelemetry's own settings."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from ...errors import ExportError

Signal = Literal["traces", "metrics", "logs"]
_SIGNALS: tuple[Signal, ...] = ("traces", "logs", "metrics")

_PREFIX = "OTEL_EXPORTER_OTLP"
_DEFAULT = "http://localhost:4318"
_PROTOCOL = "http/protobuf"


class Endpoint(NamedTuple):
    """Where one signal goes."""

    signal: Signal
    url: str

    @property
    def shown(self) -> str:
        """The address without a name and password in it."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))

    @property
    def server(self) -> str:
        """The machine and port."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


class Answer(NamedTuple):
    """What a backend made of a batch.

    Attributes:
        taken: whether it has acknowledged it.
        problem: why not; or what it rejected of one that it took. None without any.
        refused: whether it does not take the signal at all.
        silent: whether nothing answered.

    """

    taken: bool
    problem: str | None = None
    refused: bool = False
    silent: bool = False


def endpoints(given: str | None) -> tuple[Endpoint, ...]:
    """The endpoint of each signal that is wanted.

    A base address that is `given`, such as ``http://localhost:4318``, wins over the settings.

    ``OTEL_TRACES_EXPORTER=none`` and its like leave a signal out.

    Raises:
        ExportError: an address can't be one, or a setting asks for what there is not.

    """
    said = {each: os.environ.get(f"OTEL_{each.upper()}_EXPORTER", "") for each in _SIGNALS}
    wanted = (each for each in _SIGNALS if said[each].strip().lower() != "none")
    return tuple(_endpoint(each, given) for each in wanted)


def _endpoint(signal: Signal, given: str | None) -> Endpoint:
    own, shared = f"{_PREFIX}_{signal.upper()}", os.environ.get(f"{_PREFIX}_ENDPOINT")
    for name in (f"{own}_PROTOCOL", f"{_PREFIX}_PROTOCOL"):
        if protocol := os.environ.get(name, "").strip():
            if protocol != _PROTOCOL:
                raise ExportError(f"{name} is {protocol}; this export speaks {_PROTOCOL} only")
            break
    url = f"{(given or shared or _DEFAULT).rstrip('/')}/v1/{signal}"
    if not given:
        url = os.environ.get(f"{own}_ENDPOINT") or url
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ExportError(f"{url} is no address of a collector: write http://localhost:4318")
    return Endpoint(signal, url)
