"""Reading a large database with the other cores: processes that parse, while this one inserts.

Parsing 0.4 GB of JSON is half the work of a first merge, and nothing in it depends on another row.
So the rows are cut into pieces by rowid, each process reads every n-th piece (a single one leaves
some to this process), and what became of its rows comes back through a pipe, in the order in which
one process would have read them::

    4 bytes   length of what follows, little-endian
    marshal   (rows that were malformed, [a Message or Call as a tuple, …])

A process is a new interpreter, not a fork: a connection of SQLite must not cross one, and neither
must a thread that draws a progress bar. Each opens the database by itself, in a snapshot that is no
older than ours. That is right for the same reasons as the watermark (see `v1`): a row that changed
between two snapshots is read as it is later, and where rows were renumbered meanwhile, which moves
the highest one, nothing is taken from the process.

Whatever goes wrong in such a process (it can't be started, is killed, finds a damaged page), the
rest is read here, and an error that lies in the database is met again, and told, here. When this
process dies, the next write into the pipe fails, and so the others end too.
"""

from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

# Starting an interpreter takes as long as reading about 10,000 rows.
ROWS_MIN = 50_000
# Rowids may have any gaps; a walk over all pieces must come to an end.
_ROWS_MAX = 1 << 32
ROWS_OF_PIECE = 2_000
# What this process has to do meanwhile keeps one core as busy as half of the reading does. With two
# cores it has the time to read one piece in four by itself.
_PROCESSES_MAX = 2
_OWN_EVERY = 4

# A piece that fits is written at once, and the next one begun while this process still inserts.
_PIPE_BYTES = 1 << 20

_LENGTH_BYTES = 4


class Span(NamedTuple):
    """Rows of a table to be read: those above a rowid, up to another, which holds this id."""

    table: str
    above: int
    upto: int
    last_id: str


class Piece(NamedTuple):
    """What the rows above a rowid, up to another, came to; without `rows` they are left to the
    process that asked.
    """

    above: int
    upto: int
    malformed: int = 0
    rows: list[tuple[Any, ...]] | None = None


class Readers:
    """Processes that read these spans of the database at `path`, until the ``with`` block ends."""

    def __init__(self, path: Path, spans: list[Span]) -> None:
        self._spans = spans
        self._processes: list[subprocess.Popen[bytes]] = []
        number = processes_for(sum(span.upto - span.above for span in spans))
        request = json.dumps([str(path), number, ROWS_OF_PIECE, spans])
        # -P: the working folder may hold modules named like ours.
        command = [sys.executable, "-P", "-m", __name__, request]
        try:
            for which in range(number):
                self._processes.append(
                    subprocess.Popen(
                        [*command, str(which)],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        pipesize=_PIPE_BYTES,
                        stderr=subprocess.DEVNULL,
                    )
                )
        except OSError:
            self.stop()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pieces(self, table: str) -> Iterator[Piece]:
        """The pieces of a table in order, as far as the processes come with them.

        Tables have to be asked for in the order of the spans.
        """
        for number, (span, above, upto) in enumerate(_pieces(self._spans, ROWS_OF_PIECE)):
            if span.table != table:
                continue
            if not self._processes:
                return
            which = _reader_of(number, len(self._processes))
            if which is None:
                yield Piece(above, upto)
                continue
            found = self._receive(which)
            if found is None:
                self.stop()
                return
            yield Piece(above, upto, *found)

    def _receive(self, which: int) -> tuple[int, list[tuple[Any, ...]]] | None:
        if not self._processes:
            return None
        pipe = self._processes[which].stdout
        assert pipe is not None
        length = int.from_bytes(pipe.read(_LENGTH_BYTES), "little")
        content = pipe.read(length)
        # A process that ended early leaves nothing, or less than it announced.
        if not length or len(content) < length:
            return None
        found: tuple[int, list[tuple[Any, ...]]] = marshal.loads(content)  # noqa: S302 - our own
        return found

    def stop(self) -> None:
        """End the processes; what they have read and nobody took is lost."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._processes = []


def processes_for(rows: int) -> int:
    """How many processes to read so many rows with; 0 when they would not pay."""
    # A frozen program's interpreter is the program.
    if not ROWS_MIN <= rows < _ROWS_MAX or not sys.executable or hasattr(sys, "frozen"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((cores or 1) - 1, _PROCESSES_MAX)


def _reader_of(piece: int, processes: int) -> int | None:
    """Which of the processes reads a piece; None when it is left to the one that started them."""
    if processes == 1 and piece % _OWN_EVERY == _OWN_EVERY - 1:
        return None
    return piece % processes


def _pieces(spans: list[Span], size: int) -> Iterator[tuple[Span, int, int]]:
    for span in spans:
        for above in range(span.above, span.upto, size):
            yield span, above, min(above + size, span.upto)


def _write_pieces(request: str, which: int, pipe: IO[bytes]) -> None:
    """What one of the processes does: write the pieces that are its into the pipe."""
    from .database import open_database
    from .v1 import V1, Mark

    path, number, size, listed = json.loads(request)
    spans = [Span(*each) for each in listed]
    with open_database(Path(path)) as reader:
        storage = V1(reader)
        if not all(storage.stands(span.table, Mark(span.upto, span.last_id)) for span in spans):
            return
        for _ in storage.sessions():
            pass  # messages have to be told when their sessions began
        for piece, (span, above, upto) in enumerate(_pieces(spans, size)):
            if _reader_of(piece, number) != which:
                continue
            storage.malformed = 0
            rows = [tuple(row) for row in storage.between(span.table, above, upto)]
            # Version 2: later ones look for objects that occur twice, and there are none.
            content = marshal.dumps((storage.malformed, rows), 2)
            pipe.write(len(content).to_bytes(_LENGTH_BYTES, "little") + content)
            pipe.flush()


if __name__ == "__main__":
    with open(sys.stdout.fileno(), "wb", closefd=False) as pipe:
        _write_pieces(sys.argv[1], int(sys.argv[2]), pipe)
