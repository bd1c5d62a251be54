"""A storage version is one adapter: here a made-up one, a file that OpenCode only adds lines to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from tachikoma_telemetry.opencode import source
from tachikoma_telemetry.opencode.batches import Batch, in_batches
from tachikoma_telemetry.opencode.database import Reader
from tachikoma_telemetry.opencode.numbers import Numbers
from tachikoma_telemetry.opencode.part import CallLocation, read_call
from tachikoma_telemetry.opencode.shapes import Call, Session, Values
from tachikoma_telemetry.opencode.storage import ADAPTERS
from tachikoma_telemetry.opencode.watermark import Mark, Placed, Position, UnfinishedRows

from ..merging import merge_project, rows
from ..opencode_rows import START


class LineStorage:
    """Calls in ``calls.jsonl``, a line each. Its mark is a number of bytes."""

    version: ClassVar[str] = "lines"
    tables = frozenset[str]()
    marks_seen: ClassVar[list[Mark | None]] = []

    def __init__(self, file: Path) -> None:
        self._file = file
        self._at = 0
        self.malformed = 0
        self.numbers = Numbers()
        self.unknown: Counter[str] = Counter()

    @classmethod
    def detect(cls, place: Reader | Path) -> Self | None:
        """An adapter for a folder with such a file."""
        if isinstance(place, Path) and (place / "calls.jsonl").exists():
            return cls(place / "calls.jsonl")
        return None

    def sessions(self) -> Iterator[Session]:
        """The one session."""
        folder = str(self._file.parent.parent)
        yield Session("ses_1", None, None, folder, None, "3", START, START, None, None, None)

    def former_folders(self) -> dict[str, set[str]]:
        """None moved."""
        return {}

    def holds(self, mark: Mark) -> bool:
        """Whether the file has not become shorter."""
        return bool(mark["bytes"] <= self._file.stat().st_size)

    def read(
        self,
        since: Mark | None,
        unfinished: UnfinishedRows,
        *,
        processes: bool = False,
        placed: Placed = (),
    ) -> Generator[Batch[Any], None, None]:
        """The calls of the lines behind the mark."""
        self.marks_seen.append(since)
        yield from in_batches(Call, self._calls(since["bytes"] if since else 0))

    def _calls(self, begin: int) -> Iterator[Values]:
        with self._file.open("rb") as file:
            file.seek(begin)
            for line in file:
                part = json.loads(line)
                place = CallLocation("ses_1", "msg_1", START)
                call = read_call(part["id"], place, part, self.numbers)
                if call is None:
                    self.malformed += 1
                else:
                    yield call
            self._at = file.tell()

    def position(self) -> Position:
        """Bytes."""
        return Position(self._at, self._file.stat().st_size)

    def mark(self) -> Mark:
        """The bytes that were read."""
        return {"bytes": self._at}


def test_a_made_up_version(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One class and one entry: it is merged, the second time from its own mark on."""
    monkeypatch.setattr(source, "ADAPTERS", (*ADAPTERS, LineStorage))
    LineStorage.marks_seen.clear()
    folder = project / "history"
    folder.mkdir()
    file = folder / "calls.jsonl"
    state = {"status": "completed", "input": {}, "time": {"start": START, "end": START + 5}}
    first = json.dumps({"id": "prt_1", "tool": "grep", "state": state}) + "\n"
    file.write_text(first)
    merge_project(project, folder)
    with file.open("a") as lines:
        lines.write(json.dumps({"id": "prt_2", "tool": "glob", "state": state}) + "\n")
        lines.write(json.dumps({"id": "prt_3", "state": state}) + "\n")

    summary = merge_project(project, folder)

    assert [None, {"bytes": len(first)}] == LineStorage.marks_seen
    assert ["glob", "grep"] == rows(project, "SELECT tool FROM calls ORDER BY tool")
    assert 1 == summary.malformed == merge_project(project, folder).malformed
