"""What one machine has exported, as it says itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..errors import FleetError
from ..visible import visible
from .fleet_folder import FleetFolder
from .layout import FILE, FORMAT, MANIFESTS, manifest_path


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

    def write(self, place: FleetFolder) -> None:
        """Put it in place.

        Raises:
            FleetError: when it can't be written.

        """
        document = {
            "format": FORMAT,
            "machine": self.machine,
            "machine_id": self.machine_id,
            "person": self.person,
            "layout": self.layout,
            "exported": self.exported,
            "version": self.version,
            "files": self.files,
        }
        place.write(
            manifest_path(self.machine),
            orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n",
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
    return Manifest(
        machine,
        str(document["machine_id"]),
        str(document["person"]),
        int(document["layout"]),
        int(document["exported"]),
        str(document["version"]),
        files,
    )


def machines(place: FleetFolder) -> list[str]:
    """The names of the machines that have exported something.

    Raises:
        FleetError: when the folder can't be read.

    """
    names = place.names(MANIFESTS)
    return [each.removesuffix(".json") for each in names if each.endswith(".json")]
