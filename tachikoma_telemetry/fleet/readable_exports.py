"""Which files a report over many machines reads, and what it has to leave out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..clock import now_ms
from ..errors import FleetError
from ..store.store import VERSION
from ..visible import visible
from .fleet_folder import FleetFolder
from .layout import arrow_schema, exported_tables
from .manifest import Manifest, machines, read_manifest

_HOUR_MS = 3_600_000
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class FleetSource:
    """The files that machines have exported to a folder.

    Attributes:
        place: the fleet's folder.
        machines: what each machine has exported that can be read.
        problems: a sentence for each that can't, or whose clock is wrong.

    """

    place: FleetFolder
    machines: Sequence[Manifest]
    problems: Sequence[str]

    def files(self, table: str) -> list[str]:
        """The paths in the folder of a table's files, sorted."""
        return sorted(
            path
            for machine in self.machines
            for path, (_, digest) in machine.files.items()
            if digest and path.startswith(f"{table}/")
        )

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


def fleet_source(url: str) -> FleetSource:
    """Look what is in a fleet's folder.

    Args:
        url: the folder, as the user names it; a ``/**`` at its end says the same.

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
        ahead = manifest.exported - now_ms()
        if ahead > _HOUR_MS:
            problems.append(
                f"the clock of {visible(name)} is {ahead // _HOUR_MS:,} hours ahead, or this one "
                "is behind"
            )
        found.append(manifest)
    if not found:
        raise FleetError(
            f"no machine has exported anything to {visible(place.url)}; `tachikoma-telemetry "
            f"export parquet --to {visible(place.url)}` does"
            if not names
            else f"nothing in {visible(place.url)} can be read: " + "; ".join(problems)
        )
    return FleetSource(place, found, problems)
