"""One export: what is final and not sent yet goes out in batches, a signal after the other."""

from __future__ import annotations

import platform
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ...errors import ExportError
from ...installed_as import install_command
from ...progress import Progress
from ...store.store import store_at
from .call_spans import call_spans
from .candidate import SpanCandidate, rows
from .endpoints import Answer, Endpoint, endpoints
from .evaluation import NAME, evaluation
from .event_spans import event_spans, place
from .metric_streams import MetricTotals, Stream, records
from .sent_ids import Destination, SentIds
from .session_tree import SessionTree
from .skill_spans import run_spans, window_spans
from .span import QUIET, TIME_MAX, LogRecord, Span, known, moment, span_id
from .step_spans import Turns, step_spans

if TYPE_CHECKING:
    from .collector import Collector

BATCH = 512


class SignalResult(NamedTuple):
    """What became of one signal.

    Attributes:
        endpoint: where it went, or was to go.
        sent: spans, log records or metrics that were acknowledged, or of a dry run.
        problem: why the rest was not, or what was rejected; None without any.
        refused: whether the backend does not take this signal.
        failed: whether something is left for a later export.
        example: of a dry run, the first of what would be sent.
    """

    endpoint: Endpoint
    sent: int
    problem: str | None = None
    refused: bool = False
    failed: bool = False
    example: Any = None


class DryRun:
    """Takes everything, sends nothing, keeps the first of it."""

    example: Any = None

    def send_spans(self, spans: Sequence[Span], /) -> Answer:
        """Look at a batch of spans."""
        best = next((each for each in spans if each.events), spans[0])
        if self.example is None or not self.example.events:
            self.example = best
        return Answer(taken=True)

    def send_logs(self, records: Sequence[LogRecord], /) -> Answer:
        """Look at a batch of log records."""
        self.example = self.example or records[0]
        return Answer(taken=True)

    def send_metrics(self, streams: Sequence[Stream], _since: int, _now: int, /) -> Answer:
        """Look at the metrics."""
        self.example = streams[0]
        return Answer(taken=True)

    def close(self) -> None:
        """Nothing is open."""


Sender: TypeAlias = "Collector | DryRun"


def export(
    store: Path,
    *,
    endpoint: str | None,
    version: str,
    now: int,
    since: int | None = None,
    unfinished: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> list[SignalResult]:
    """Send what is new in the store at this path.

    Args:
        store: the unified store.
        endpoint: the backend's base address; None is that of OpenTelemetry's settings.
        version: of this package.
        now: ms since the epoch.
        since: leave out spans and log records from before, ms; metrics are of the whole store.
        unfinished: what has not ended never will: it is abandoned.
        dry_run: send nothing and keep nothing.
        progress: called with a phase, what is done and the total, which is not known.

    Raises:
        StoreError: the store can't be read.
        ExportError: the extra is missing, a setting can't be followed, or what was sent can't be
            recorded.
    """
    wanted = endpoints(endpoint)
    connect = (lambda _: DryRun()) if dry_run else _connector(store, version)
    settled = TIME_MAX if unfinished else now - QUIET
    outcomes: list[SignalResult] = []
    silent: set[str] = set()
    with ExitStack() as stack:
        connection = stack.enter_context(store_at(store))
        kept = stack.enter_context(closing(SentIds(store, keep=not dry_run)))
        for each in wanted:
            if each.server in silent:
                # Waiting once for a machine that is down is enough.
                problem = f"not tried, for {each.server} does not answer"
                outcomes.append(SignalResult(each, 0, problem, failed=True))
                continue
            target = kept.target(each.signal, each.url)
            signal = _Signal(connection, target, now, settled, since or 0, progress)
            with closing(connect(each)) as sender:
                answer = getattr(signal, each.signal)(sender)
                example = getattr(sender, "example", None)
            outcomes.append(
                SignalResult(
                    each, signal.sent, answer.problem, answer.refused, not answer.taken, example
                )
            )
            if answer.silent:
                silent.add(each.server)
    return outcomes


@dataclass
class _Signal:
    """The export of one signal to one endpoint; `sent` counts what was acknowledged."""

    _store: sqlite3.Connection
    _target: Destination
    _now: int
    _settled: int
    _since: int
    _progress: Progress | None
    sent: int = 0

    @cached_property
    def _tree(self) -> SessionTree:
        return SessionTree(self._store)

    def traces(self, sender: Sender) -> Answer:
        """Send the spans."""
        batches = (batch for each in self._stages() for batch in _batches(each, BATCH))
        return self._sent(batches, self._built, sender.send_spans)

    def logs(self, sender: Sender) -> Answer:
        """Send the evaluations."""
        return self._sent(_batches(self._records(), BATCH), list, sender.send_logs)

    def metrics(self, sender: Sender) -> Answer:
        """Count what is new, and send the totals if they are not what was sent last."""
        with self._target.counting() as kept:
            found = MetricTotals(kept.totals)
            for batch in _batches(records(self._store, self._tree, self._settled), BATCH):
                fresh = self._target.unsent([each.id for each in batch])
                for each in batch:
                    if each.id in fresh:
                        each.into(found)
                kept.ids(fresh)
            # It never moves: a backend would take the totals for those of another series.
            since = kept.since = kept.since or found.since or self._now
            kept.totals = found.text()
        streams, digest = found.streams(), sha256(kept.totals.encode()).hexdigest()
        if digest == kept.last or not streams:
            return Answer(taken=True)
        answer = sender.send_metrics(streams, since, self._now)
        if answer.taken:
            self._target.acknowledge(digest)
            self.sent = len(streams)
        return answer

    def _sent(
        self,
        batches: Iterable[list[Any]],
        build: Callable[[list[Any]], Sequence[Any]],
        send: Callable[[Sequence[Any]], Answer],
    ) -> Answer:
        """Send what was not sent yet; the answer is the first that is not good, or the last."""
        shown = Answer(taken=True)
        for batch in batches:
            fresh = self._target.unsent([each.id for each in batch])
            if not (built := build([each for each in batch if each.id in fresh])):
                continue
            answer = send(built)
            # What was rejected once is still to be shown at the end.
            shown = answer if answer.problem or not shown.problem else shown
            if not answer.taken:
                break
            carried = (id for each in built for id in getattr(each, "carried", ()))
            self._target.add([*(each.id for each in built), *carried])
            self.sent += len(built)
            if self._progress:
                self._progress("exporting", self.sent, None)
        return shown

    def _built(self, candidates: list[SpanCandidate]) -> list[Span]:
        spans = (each.build() for each in candidates)
        return [each for each in spans if each.start >= self._since]

    def _stages(self) -> Iterator[Iterator[SpanCandidate]]:
        """In this order: a window asks which turns are open, an event whether its call was sent."""
        store, tree, settled = self._store, self._tree, self._settled
        turns = Turns(store, settled)
        yield step_spans(turns, tree)
        yield call_spans(store, tree, settled)
        yield window_spans(store, tree, turns.open)
        yield run_spans(store, tree, settled)
        yield event_spans(store, tree, settled, self._target.has)

    def _records(self) -> Iterator[LogRecord]:
        for event in rows(self._store, "events.sql"):
            graded, time = evaluation(event), moment(event["time"])
            if graded is None or time is None or time < self._since:
                continue
            id = span_id("event", event["event_id"])
            trace, around = place(event, self._tree)
            named = known({"tachikoma.event.id": event["event_id"], **graded})
            yield LogRecord(NAME, trace, around or id, id, time, named)


def _batches(each: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(each)
    while batch := [*islice(left, size)]:
        yield batch


def _connector(store: Path, version: str) -> Callable[[Endpoint], Sender]:
    try:
        from .collector import Collector
    except ImportError as error:
        raise ExportError(
            f"export needs OpenTelemetry's exporter, the extra `otel`: {install_command('otel')}"
        ) from error
    # A digest: no name of the machine or folder leaves.
    place = f"{platform.node()} {store.absolute()}"
    instance = str(uuid.uuid5(uuid.NAMESPACE_URL, sha256(place.encode()).hexdigest()))
    return lambda endpoint: Collector(endpoint, instance, version)
