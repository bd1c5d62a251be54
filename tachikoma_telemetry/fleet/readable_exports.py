"""Which files a report over many machines reads, and what it has to leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from ..clock import now_ms
from ..errors import FleetError
from ..store.limits import ANY
from ..store.store import VERSION
from ..store.tables import BY_NAME
from ..visible import visible
from .fleet_folder import FleetFolder
from .layout import arrow_schema, exported_tables, manifest_path
from .manifest import Manifest, machines, read_manifest

_HOUR_MS = 3_600_000
_AT_ONCE = 16
# Of a report since a day no row of these counts that began before it, nor does one say what became
# of a later one. The others hold what does: sessions, loads, attempts to edit, steps of runs.
_PRUNED = frozenset({"messages", "calls", "also_active", "events", "rlm_metrics", "intent_metrics"})
# But what began in the period may be of a message or a command that began before it.
_MARGIN_MS = 2 * 86_400_000


class Period(NamedTuple):
    """What a report of a period needs.

    Attributes:
        since: when the rows begin that count, ms since the epoch.
        whole: tables of which it needs the earlier rows, too.
    """

    since: int
    whole: frozenset[str] = frozenset()

    def beginning(self, table: str) -> str | None:
        """The first day of a table that is needed; None is all."""
        first = self.since - _MARGIN_MS
        if first < 0 or table not in _PRUNED - self.whole:
            return None
        return datetime.fromtimestamp(first / 1000, UTC).strftime("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class FleetSource:
    """The files that machines have exported to a folder.

    Attributes:
        place: the fleet's folder.
        machines: what each machine has exported that can be read.
        problems: a sentence for each that can't, or whose clock is wrong.
        period: what a report needs of it; None is all.
    """

    place: FleetFolder
    machines: Sequence[Manifest]
    problems: Sequence[str]
    period: Period | None = None

    def files(self, table: str) -> list[str]:
        """The paths in the folder of a table's files, sorted."""
        return sorted(
            path
            for machine in self.machines
            for path, (_, digest) in machine.files.items()
            if digest and path.startswith(f"{table}/") and self._is_wanted(table, path)
        )

    def beginning(self, table: str) -> str | None:
        """The day with which the files of a table begin that are read; None reads all."""
        return self.period.beginning(table) if self.period is not None else None

    def _is_wanted(self, table: str, path: str) -> bool:
        # What has no day, the name of no value, comes after all days.
        first = self.beginning(table)
        return first is None or path.split("/")[1].removeprefix("date=") >= first

    def missing(self) -> list[str]:
        """The files that are not there, or are empty: each folder is listed, no file is read.

        Raises:
            FleetError: when the folder can't be listed.
        """
        return [
            path
            for name in exported_tables()
            if (paths := self.files(name))
            for sizes in [self.place.sizes(name)]
            for path in paths
            if not sizes.get(path)
        ]

    def is_as_said(self, path: str) -> bool:
        """Whether all values of a file can be read, and have the layout's types."""
        from pyarrow import ArrowException, parquet

        said = arrow_schema(exported_tables()[path.partition("/")[0]])
        try:
            with self.place.files.open(self.place.path(path), "rb") as file:
                found = parquet.read_table(file).schema
        except (OSError, ArrowException):
            return False
        return all(
            each.type == said.field(each.name).type for each in found if each.name in said.names
        )

    def impossible(self, paths: Sequence[str]) -> list[str]:
        """Those of these files that hold a number that can't be right, or can't be read.

        Every value is read.
        """
        return [path for path in paths if not self._is_possible(path)]

    def _is_possible(self, path: str) -> bool:
        from pyarrow import ArrowException, compute, float64, parquet

        table = exported_tables()[path.partition("/")[0]]
        numbers = [each.name for each in table.columns if each.type != "TEXT"]
        ranges = BY_NAME[table.name].ranges if table.name in BY_NAME else {}
        try:
            with self.place.files.open(self.place.path(path), "rb") as file:
                for rows in parquet.ParquetFile(file).iter_batches():
                    for name in {*numbers} & {*rows.schema.names}:
                        low, high = ranges.get(name, ANY)
                        values = rows.column(name).cast(float64(), safe=False)
                        least, most = (
                            compute.less_equal(low, values),
                            compute.less_equal(values, high),
                        )
                        if compute.all(compute.and_(least, most)).as_py() is False:
                            return False
        except (OSError, ArrowException):
            return False
        return True

    def damaged(self, paths: Sequence[str]) -> list[str]:
        """Those of these files that are no whole Parquet files, or can't be opened.

        Each file's end is read: a few milliseconds a file in a bucket.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            whole = pool.map(self._is_whole, paths)
            return [path for path, is_whole in zip(paths, whole, strict=True) if not is_whole]

    def _is_whole(self, path: str) -> bool:
        from pyarrow import ArrowException, parquet

        try:
            with self.place.files.open(self.place.path(path), "rb") as file:
                parquet.read_metadata(file)
        except (OSError, ArrowException):
            return False
        return True


def fleet_source(url: str, period: Period | None = None) -> FleetSource:
    """Look what is in a fleet's folder.

    Args:
        url: the folder, as the user names it; a ``/**`` at its end says the same.
        period: what a report needs of it; None is all.

    Raises:
        FleetError: when it can't be read, or holds no export that can be read.
    """
    place = FleetFolder(url.removesuffix("/**").removesuffix("/*"))
    found, problems = [], []
    names = machines(place)
    for name in names:
        try:
            manifest = read_manifest(place, name)
        except FleetError as error:
            problems.append(f"left out: {error}")
            continue
        if manifest is None:
            continue
        if manifest.layout > VERSION:
            problems.append(
                f"left out: {visible(name)} exports with a later tachikoma-telemetry "
                f"({visible(manifest.version)}); upgrade this one to read it"
            )
            continue
        problems += _about_clock(place, manifest)
        found.append(manifest)
    if not found:
        raise FleetError(
            f"no machine has exported anything to {visible(place.url)}; `tachikoma-telemetry "
            f"export parquet --to {visible(place.url)}` does"
            if not names
            else f"nothing in {visible(place.url)} can be read: " + "; ".join(problems)
        )
    return FleetSource(place, found, problems, period)


def _about_clock(place: FleetFolder, manifest: Manifest) -> Iterator[str]:
    """What is known to be wrong with the clock of a machine.

    Raises:
        FleetError: when the place can't be read.
    """
    name, exported = visible(manifest.machine), manifest.exported
    # An export that was killed has written the time of the one before.
    is_whole = all(digest for _, digest in manifest.files.values())
    written = place.written(manifest_path(manifest.machine)) if is_whole else None
    if (ahead := exported - now_ms()) > _HOUR_MS:
        yield f"the clock of {name} is {_hours(ahead)} hours ahead, or this one is behind"
    elif (back := max(manifest.earlier, default=exported) - exported) > _HOUR_MS:
        yield (
            f"the clock of {name} is behind, or was ahead: its last export ended "
            f"{_hours(back)} hours before an earlier one"
        )
    elif written is not None and (behind := written - exported) > _HOUR_MS:
        yield (
            f"the clock of {name} is {_hours(behind)} hours behind that of {visible(place.url)}, "
            "or its files were copied there"
        )


def _hours(ms: int) -> str:
    return f"{ms // _HOUR_MS:,}"
