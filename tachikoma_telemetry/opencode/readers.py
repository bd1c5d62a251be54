"""Reading a large database with the other cores: processes that parse, while this one inserts.

Parsing 0.4 GB of JSON is half the work of a first merge, and nothing in it depends on another row.
So the rows are cut into pieces by rowid. Each process (see `worker`) is given a few of them and
answers one after the other. Where this process would have to wait, it reads a piece itself: so a
free core always has work, however many there are and whatever else they do. Pieces are taken in the
order in which one process would have read them. To a process and back go::

    a line    the number of the span, the rowid above which to read, the one up to which

    4 bytes   length of what follows, little-endian
    marshal   ([(shape, {session: its rows}, their image (see `batches`)), …], rows that were
               malformed, numbers that were dropped, unknown kinds by name, what is noted)

A process is a new interpreter, not a fork: a connection of SQLite must not cross one, and neither
must a thread that draws a progress bar. Each opens the database by itself, in a snapshot that is no
older than ours. That is right for the same reasons as the watermark (see `v1`): a row that changed
between two snapshots is read as it is later, and where rows were renumbered meanwhile, which moves
the highest one, nothing is taken from the process.

Whatever goes wrong in such a process (it can't be started, is killed, finds a damaged page), the
rest is read here, and an error of the database is met again, and reported, here. When this process
dies, the others lose their pipes, and so they end too.
"""

from __future__ import annotations

import json
import marshal
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from .batches import HAS_IMAGES, Batch
from .shapes import Call, Message

# Starting an interpreter takes as long as reading about 10,000 rows.
ROWS_MIN = 50_000
# Rowids may have any gaps; a walk over all pieces must come to an end.
_ROWS_MAX = 1 << 32
ROWS_OF_PIECE = 2_000
# What this process has to do meanwhile keeps one core as busy as half of the reading does.
_PROCESSES_MAX = 2

# How many pieces a process may be asked for at a time, so that it need not wait while this one
# makes metrics (more would not fit into the pipe); and how many this one may have read before
# their turn.
_ORDERS_MAX = 8
_OWN_MAX = 8

# A piece that fits is written at once, and the next one begun while this process still inserts.
_PIPE_BYTES = 1 << 20

_LENGTH_BYTES = 4

_WORKER = f"{__package__}.worker"


class RowSpan(NamedTuple):
    """Rows of a table to be read: those above a rowid, up to another, which holds this id."""

    table: str
    above: int
    upto: int
    last_id: str


class RowPiece(NamedTuple):
    """What the rows up to a rowid came to; `noted`: what their adapter has to remember of them."""

    upto: int
    batches: Sequence[Batch[Any]]
    malformed: int
    dropped: int
    unknown: Mapping[str, int] = {}
    noted: Sequence[Any] = ()


_SHAPES: dict[str, type[Message | Call]] = {"Message": Message, "Call": Call}


# How this process reads a piece: of a table the rows above a rowid, up to another.
Read = Callable[[str, int, int], RowPiece]


class RowPlace(NamedTuple):
    """Where a piece is: the number of its span, and its rowids."""

    span: int
    above: int
    upto: int


class _Order(NamedTuple):
    """A piece on its way: the process that reads it, or what this one read."""

    place: RowPlace
    process: subprocess.Popen[bytes] | None
    piece: RowPiece | None


class Readers:
    """Processes that read these spans of the database at `path`, until the ``with`` block ends."""

    def __init__(self, path: Path, spans: list[RowSpan], read: Read, *, weight: int = 1) -> None:
        """`weight`: how many rows of 1.x one of these is as much work as."""
        size = max(1, ROWS_OF_PIECE // weight)
        rows = sum(span.upto - span.above for span in spans)
        self._spans = spans
        self._read = read
        self._places = _places(spans, size)
        self._next = next(self._places, None)
        self._left = sum(-(-(span.upto - span.above) // size) for span in spans)
        self._orders: deque[_Order] = deque()
        self._processes: list[subprocess.Popen[bytes]] = []
        # -P: the working folder may hold modules named like ours.
        command = [sys.executable, "-P", "-m", _WORKER, json.dumps([str(path), spans])]
        try:
            for _ in range(processes_for(rows * weight)):
                self._processes.append(
                    subprocess.Popen(
                        command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        pipesize=_PIPE_BYTES,
                        stderr=subprocess.DEVNULL,
                    )
                )
        except OSError:
            self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pieces(self, table: str) -> Iterator[RowPiece]:
        """The pieces of a table in order, as far as the processes come with them.

        Tables have to be asked for in the order of the spans.
        """
        while self._order_more():
            first = self._orders[0]
            if self._spans[first.place.span].table != table:
                return
            piece = first.piece
            if first.process is not None:
                if self._next is not None and self._has_time(first.process):
                    self._read_next()
                    continue
                piece = _receive(first.process, first.place.upto)
            if piece is None:
                self.stop()
                return
            self._orders.popleft()
            yield piece

    def _order_more(self) -> bool:
        """Keep the processes busy; whether any piece is to come."""
        # Towards the end fewer and fewer, or the last ones would all be at one process.
        most = min(_ORDERS_MAX, self._left // (2 * len(self._processes) + 2) or 1)
        try:
            # In turn, so that none waits for another's pieces.
            for busy in range(most):
                for process in self._processes:
                    ordered = sum(each.process is process for each in self._orders)
                    if ordered == busy and self._next is not None:
                        assert process.stdin is not None
                        process.stdin.write(b"%d %d %d\n" % self._next)
                        process.stdin.flush()
                        self._orders.append(_Order(self._next, process, None))
                        self._go_on()
        except OSError:
            self.stop()
        return bool(self._orders)

    def _has_time(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether this process would have to wait for an answer, and may read ahead."""
        if sum(each.process is None for each in self._orders) >= _OWN_MAX:
            return False
        try:
            assert process.stdout is not None
            return not select.select([process.stdout], [], [], 0)[0]
        except OSError:  # some systems can't say of a pipe
            return False

    def _read_next(self) -> None:
        assert self._next is not None
        place = self._next
        piece = self._read(self._spans[place.span].table, place.above, place.upto)
        # While it waits for its turn, an image takes a quarter of the memory.
        imaged = [Batch(each.shape, each.sessions, image=each.to_image()) for each in piece.batches]
        self._orders.append(_Order(place, None, piece._replace(batches=imaged)))
        self._go_on()

    def _go_on(self) -> None:
        self._next = next(self._places, None)
        self._left -= 1

    def stop(self) -> None:
        """End the processes; what was read and not taken is lost."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was not sent to one that died
                        pipe.close()
        self._processes = []
        self._orders.clear()


def send(piece: RowPiece, pipe: IO[bytes]) -> None:
    """What a process answers."""
    batches = [
        (batch.shape.__name__, dict(batch.sessions), batch.to_image()) for batch in piece.batches
    ]
    lost = (piece.malformed, piece.dropped, dict(piece.unknown))
    content = marshal.dumps((batches, *lost, list(piece.noted)))
    pipe.write(len(content).to_bytes(_LENGTH_BYTES, "little") + content)
    pipe.flush()


def _receive(process: subprocess.Popen[bytes], upto: int) -> RowPiece | None:
    pipe = process.stdout
    assert pipe is not None
    length = int.from_bytes(pipe.read(_LENGTH_BYTES), "little")
    content = pipe.read(length)
    # A process that ended early leaves nothing, or less than it announced.
    if not length or len(content) < length:
        return None
    batches, *others = marshal.loads(content)  # noqa: S302 - by a process of ours
    return RowPiece(upto, [*_batches(batches)], *others)


def _batches(sent: Iterable[tuple[str, dict[str, int], bytes]]) -> Iterator[Batch[Any]]:
    for shape, sessions, image in sent:
        yield Batch(_SHAPES[shape], sessions, image=image)


def processes_for(rows: int) -> int:
    """How many processes to read so many rows with; 0 when they would not pay."""
    # A frozen program's interpreter is the program.
    has_interpreter = sys.executable and not hasattr(sys, "frozen")
    if not ROWS_MIN <= rows < _ROWS_MAX or not has_interpreter or not HAS_IMAGES:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((cores or 1) - 1, _PROCESSES_MAX)


def _places(spans: list[RowSpan], size: int) -> Iterator[RowPlace]:
    for number, span in enumerate(spans):
        for above in range(span.above, span.upto, size):
            yield RowPlace(number, above, min(above + size, span.upto))
