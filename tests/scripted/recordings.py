"""Databases and journals of real runs, kept in the checkout: ``tests/recordings/<version>/``,
and the newest where `tachikoma-telemetry demo` finds it, too: ``tachikoma_telemetry/sample/``.

    opencode.db.xz, opencode.db-wal.xz   as OpenCode left them; most of it is in the WAL
    metrics.json.xz                      the journal of the same run
    manifest.json                        what the scenario did, and what must be found of it

The project of a recording is `PROJECT`, wherever it is unpacked. `tests.scripted.record` makes
them.
"""

from __future__ import annotations

import json
import lzma
import shutil
from collections.abc import Iterable
from pathlib import Path

import tachikoma_telemetry
from tests.scripted.history import Expected, History
from tests.scripted.versions import VERSIONS

FOLDER = Path(__file__).resolve().parents[1] / "recordings"
SAMPLE = Path(tachikoma_telemetry.__file__).parent / "sample"
PROJECT = Path("/srv/demo")
DATABASE, WAL, JOURNAL, MANIFEST = "opencode.db", "opencode.db-wal", "metrics.json", "manifest.json"


def folder_of(version: str) -> Path:
    """Where the recording of a version lies."""
    return SAMPLE if version == VERSIONS[-1] else FOLDER / version


def unpack(version: str, into: Path) -> History:
    """Write the files of a recording to the folder `into`."""
    into.mkdir(parents=True, exist_ok=True)
    source = folder_of(version)
    for packed in source.glob("*.xz"):
        with lzma.open(packed) as file, (into / packed.stem).open("wb") as out:
            shutil.copyfileobj(file, out)
    manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    expected = Expected.from_json(manifest["expected"])
    return History(version, into / DATABASE, into / JOURNAL, Path(manifest["project"]), expected)


def pack(history: History, folder: Path) -> None:
    """Write a recording to `folder`, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.xz"):
        old.unlink()
    for file in files(history):
        packed = lzma.compress(file.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
        (folder / f"{file.name}.xz").write_bytes(packed)
    manifest = {
        "version": history.version,
        "project": str(history.project),
        "expected": history.expected.to_json(),
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def files(history: History) -> Iterable[Path]:
    """What a recording holds of a run."""
    return history.database, history.database.with_name(WAL), history.journal
