"""What one machine has exported, as it says itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import orjson

from ..errors import FleetError
from ..reports.engine import Machine
from ..store.tables import BY_NAME
from ..visible import visible
from .fleet_folder import FleetFolder
from .layout import FILE, FORMAT, MANIFESTS, manifest_path

_LATEST = BY_NAME["sessions"].ranges["created"].high


@dataclass(frozen=True, slots=True)
class Manifest:
    """The export of a machine.

    Attributes:
        machine: the name it exports under.
        machine_id: by which two machines of one name are found out.
        person: who works on it; the cluster of comparisons.
        layout: the version of the store's layout that its files have.
        exported: when the last export ended, ms since the epoch.
        version: the version of tachikoma-telemetry that wrote it.
        earlier: when earlier exports ended, the last of them last.
        installed: the skills that are installed there, each with what OpenCode 2 calls it; None
            when an earlier version wrote it.
        files: by path, how many rows and which digest a file has; a digest of "" is of a file
            that an export was about to write.

    """

    machine: str
    machine_id: str
    person: str
    layout: int
    exported: int
    version: str
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    earlier: Sequence[int] = ()
    installed: Sequence[tuple[str, str | None]] | None = None

    @property
    def usual_gap_ms(self) -> int | None:
        """The time between two exports that 9 of 10 stay below; None with fewer than four."""
        ends = [*self.earlier, self.exported]
        gaps = sorted(max(0, after - before) for before, after in pairwise(ends))
        return gaps[len(gaps) * 9 // 10] if len(gaps) > 2 else None

    def as_machine(self) -> Machine:
        """What a report knows of the machine."""
        return Machine(
            *(self.machine, self.person, self.exported, self.usual_gap_ms),
            *(self.version, self.installed),
        )

    def write(self, place: FleetFolder) -> None:
        """Put it in place.

        Raises:
            FleetError: when it can't be written.

        """
        document = {each.name: getattr(self, each.name) for each in fields(self)}
        place.write(
            manifest_path(self.machine),
            orjson.dumps(
                {"format": FORMAT, **document}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
            )
            + b"\n",
        )


def read_manifest(place: FleetFolder, machine: str) -> Manifest | None:
    """The manifest of a machine; None when it has exported nothing.

    Raises:
        FleetError: when it can't be read, or is none.

    """
    content = place.read(manifest_path(machine))
    if content is None:
        return None
    try:
        return _parsed(orjson.loads(content), machine)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FleetError(
            f"{visible(manifest_path(machine))} in {visible(place.url)} is no manifest of an "
            "export; move it away, and export again"
        ) from error


def _parsed(document: Mapping[str, Any], machine: str) -> Manifest:
    if document["format"] != FORMAT or document["machine"] != machine:
        raise ValueError(machine)
    # Any program may have written this. It names files of that machine, and no others.
    own = re.compile(rf"[a-z_]+/date=[^/]+/machine={re.escape(machine)}/{re.escape(FILE)}")
    files = {
        str(path): (int(rows), str(digest))
        for path, (rows, digest) in document["files"].items()
        if own.fullmatch(path)
    }
    installed = document.get("installed")
    exported, *earlier = map(int, (document["exported"], *document.get("earlier", ())))
    if not all(0 <= each <= _LATEST for each in (exported, *earlier)):  # a clock may begin at 0
        raise ValueError(machine)
    return Manifest(
        machine,
        str(document["machine_id"]),
        str(document["person"]),
        int(document["layout"]),
        exported,
        str(document["version"]),
        files,
        earlier,
        None if installed is None else [_skill(*each) for each in installed],
    )


def _skill(name: Any, id: Any) -> tuple[str, str | None]:
    return str(name), None if id is None else str(id)


def machines(place: FleetFolder) -> list[str]:
    """The names of the machines that have exported something.

    Raises:
        FleetError: when the folder can't be read.

    """
    names = place.names(MANIFESTS)
    return [each.removesuffix(".json") for each in names if each.endswith(".json")]
