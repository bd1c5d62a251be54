"""The sample that `tachikoma-telemetry demo` shows: a real OpenCode, recorded.

An OpenCode 1.18.33 was driven by a scripted model; its skills recorded events meanwhile. The files
are what it left, compressed: the database with its write-ahead log, and the journal. The test
suite makes them (``python -m tests.scripted.record``) and uses them as well.
"""

from __future__ import annotations

import lzma
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

FILES = ("opencode.db", "opencode.db-wal", "metrics.json")


class Sample(NamedTuple):
    """Where the sample was unpacked; `root` is the project's folder in the recording."""

    database: Path
    journal: Path
    root: Path


def unpack(into: Path) -> Sample:
    """Write the sample's files to the folder `into`."""
    for name in FILES:
        packed = files(__package__).joinpath(f"{name}.xz")
        with packed.open("rb") as source, (into / name).open("wb") as out:
            out.write(lzma.decompress(source.read()))
    return Sample(into / "opencode.db", into / "metrics.json", Path("/srv/demo"))
