"""Exporting a store: its tables as Parquet, a file a day, replaced only where something changed."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clock import now_ms
from ..errors import FleetError
from ..progress import Progress
from ..store.store import VERSION
from ..visible import visible
from .fleet_folder import FleetFolder
from .layout import MACHINE, ExportedTable, arrow_schema, exported_tables, manifest_path, partition
from .manifest import Manifest, read_manifest
from .omission import choose_left_out, kept
from .pseudonyms import masks

if TYPE_CHECKING:
    import pyarrow as pa

# How many ends of exports a manifest keeps: what is usual now, not a year ago.
_ENDS = 30
# Rows that become objects of Python at one time.
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export, and under which name.

    Attributes:
        machine: the name of this machine's files, of letters, digits and ``._@-``.
        machine_id: by which another machine of that name is found out.
        person: who works on it.
        key: of the digests that take the place of folders and titles; None exports them as they
            are.
        left_out: folders whose projects stay at home.
        version: of tachikoma-telemetry.
        installed: the skills that are installed; None when that is not known.
    """

    machine: str
    machine_id: str
    person: str
    key: bytes | None = None
    left_out: Sequence[Path] = ()
    version: str = "unknown"
    installed: Sequence[tuple[str, str | None]] | None = None


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export did.

    Attributes:
        rows: how many are in place now.
        files: how many files hold them.
        written: how many of the files changed.
        removed: how many are there no more.
        bytes: how much was written.
    """

    rows: int
    files: int
    written: int
    removed: int
    bytes: int


def export(
    store: sqlite3.Connection,
    place: FleetFolder,
    request: ExportRequest,
    progress: Progress | None = None,
) -> ExportSummary:
    """Bring the files of this machine up to date.

    Killed at any moment, what is there is the former file or the new one, day by day; the next
    export finishes it.

    Nothing of the export stays in the store.

    Raises:
        FleetError: when the name is another machine's, or the folder can't be written.
    """
    if not MACHINE.fullmatch(request.machine):
        raise FleetError(
            f"{visible(request.machine)!r} can't name a machine: use letters, digits, and . _ @ -"
        )
    before = _manifest_before(place, request)
    written: dict[str, tuple[int, str]] = {}
    changed = size = 0
    promised = dict(before.files)
    store.execute("SAVEPOINT export")
    try:
        choose_left_out(store, request.left_out)
        for path, rows, content in _files(store, request, progress or (lambda *_: None)):
            digest = hashlib.sha256(content).hexdigest()
            written[path] = rows, digest
            if before.files.get(path) != (rows, digest):
                if path not in promised:
                    # So that a file that is about to be written is never forgotten.
                    promised |= dict.fromkeys(_new_paths(store, request, promised), (0, ""))
                    replace(before, files=promised).write(place)
                place.write(path, content)
                changed, size = changed + 1, size + len(content)
    finally:
        store.execute("ROLLBACK TO export")
        store.execute("RELEASE export")
    gone = promised.keys() - written.keys()
    for path in sorted(gone):
        place.remove(path)
    ends = [*before.earlier, before.exported][-_ENDS:] if before.files else []
    replace(before, files=written, exported=now_ms(), earlier=ends).write(place)
    return ExportSummary(
        sum(n for n, _ in written.values()), len(written), changed, len(gone), size
    )


def _manifest_before(place: FleetFolder, request: ExportRequest) -> Manifest:
    found = read_manifest(place, request.machine)
    if found is not None and found.machine_id != request.machine_id:
        raise FleetError(
            f"another machine, or another store, exports as {request.machine}: choose another name "
            f"with --machine, or remove {manifest_path(request.machine)} to take it over"
        )
    if found is not None and found.layout > VERSION:
        raise FleetError(
            f"a later tachikoma-telemetry has exported as {request.machine}; upgrade this one"
        )
    own = Manifest(
        *(request.machine, request.machine_id, request.person),
        *(VERSION, now_ms(), request.version),
        installed=request.installed,
    )
    if found is None:
        return own
    return replace(own, files=found.files, exported=found.exported, earlier=found.earlier)


def _new_paths(
    store: sqlite3.Connection, request: ExportRequest, known: Mapping[str, Any]
) -> list[str]:
    """The paths of all files that this export will have and no earlier one had."""
    paths = []
    for table in exported_tables().values():
        days = store.execute(
            f"SELECT DISTINCT {_day(table)} FROM main.{table.name} t WHERE {kept(table.name)}"
        )
        paths += [partition(table.name, day, request.machine) for (day,) in days]
    return [each for each in paths if each not in known]


def _day(table: ExportedTable) -> str:
    # Not every number is a time: what SQLite knows no day for has none.
    return f"date(({table.start}) / 1000, 'unixepoch')" if table.start else "NULL"


def _files(
    store: sqlite3.Connection, request: ExportRequest, progress: Progress
) -> Iterator[tuple[str, int, bytes]]:
    """Each file of the export: its path, how many rows it has and its content."""
    tables = exported_tables()
    for number, table in enumerate(tables.values()):
        progress(table.name, number, len(tables))
        names = ", ".join(f"t.{each.name}" for each in table.columns)
        # The same rows in the same order give the same bytes.
        rows = store.execute(
            f"SELECT {_day(table)} AS day, {names} FROM main.{table.name} t "
            f"WHERE {kept(table.name)} ORDER BY day, {', '.join(f't.{each}' for each in table.key)}"
        )
        hidden = masks(request.key, table.name)
        for day, of_day in groupby(_plain(rows), itemgetter(0)):
            many, content = _parquet(table, of_day, hidden)
            yield partition(table.name, day, request.machine), many, content


def _plain(rows: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    rows.row_factory = None
    yield from rows


def _parquet(
    table: ExportedTable,
    rows: Iterator[tuple[Any, ...]],
    hidden: Mapping[str, Callable[[str], str | None]],
) -> tuple[int, bytes]:
    """A Parquet file of rows, each with its day before its columns."""
    from pyarrow import RecordBatch, parquet

    schema = arrow_schema(table)
    many, file = 0, io.BytesIO()
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := [*islice(rows, _BATCH)]:
            many += len(batch)
            columns = [*zip(*batch, strict=True)][1:]
            arrays = [
                _array([_masked(value, hidden[column.name]) for value in values], kind.type)
                if column.name in hidden
                else _array(values, kind.type)
                for column, values, kind in zip(table.columns, columns, schema, strict=True)
            ]
            writer.write_batch(RecordBatch.from_arrays(arrays, schema=schema))
    return many, file.getvalue()


def _masked(value: Any, mask: Callable[[str], str | None]) -> str | None:
    return mask(value) if isinstance(value, str) else None


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The values of a column; what another program wrote there in another type is unknown."""
    import pyarrow as pa

    try:
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([_of_kind(each, kind) for each in values], kind)


def _of_kind(value: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    try:
        pa.array([value], kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return value
