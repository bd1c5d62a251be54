"""Whatever is done to a journal, in whatever order, it holds what a plain list would."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.prune import prune
from tachikoma_telemetry.journal.read import JournalReader
from tachikoma_telemetry.journal.repair import repair
from tachikoma_telemetry.journal.spill import spill, spilled

from ..journal_at import document, event, streamed


class JournalMachine(RuleBasedStateMachine):
    """A journal beside the list of what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "metrics.json"
        self.expected: list[int] = []
        self.spilled: list[int] = []
        self.count = 0
        self.torn = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def _next(self) -> int:
        self.count += 1
        return self.count

    @rule(size=st.sampled_from([0, 100, 5_000, 70_000]), limit=st.sampled_from([0, 600, 10_000]))
    def append(self, size: int, limit: int) -> None:
        number = self._next()
        append(str(self.path), event(number, size), rotate_at=limit)
        self.expected.append(number)
        self.torn = False

    @rule(size=st.sampled_from([0, 300]))
    def spill(self, size: int) -> None:
        number = self._next()
        spill(str(self.path), event(number, size))
        self.spilled.append(number)

    @rule()
    def absorb(self) -> None:
        absorb(str(self.path), rotate_at=0)
        if self.spilled:
            self.torn = False
        self.expected += self.spilled
        self.spilled = []
        assert [] == spilled(str(self.path))

    @rule(cut=st.integers(1, 400))
    def truncate(self, cut: int) -> None:
        """A crash that loses the file's end, in another process."""
        if not self.path.exists():
            return
        before = self._of_journal()
        os.truncate(self.path, max(0, self.path.stat().st_size - cut))
        appending._recognised.clear()
        left = self._of_journal()
        assert left == before[: len(left)]
        lost = set(before) - set(left)
        self.expected = [each for each in self.expected if each not in lost]
        self.torn = True

    @rule()
    def repair(self) -> None:
        if self.path.exists():
            repair(self.path)
            self.torn = False

    @rule()
    def new_process(self) -> None:
        appending._recognised.clear()

    @rule(share=st.integers(0, 4))
    def prune(self, share: int) -> None:
        before = self.count * share // 4
        prune(self.path, lambda event: int(event["id"]) <= before, lambda found: found)
        self.expected = [each for each in self.expected if each > before]
        self.torn = False

    def _of_journal(self) -> list[int]:
        return [int(line.event["id"]) for line in JournalReader(self.path)]

    @invariant()
    def as_the_list(self) -> None:
        assert sorted(self.expected) == sorted(map(int, streamed(self.path)))
        if self.path.exists() and not self.torn:
            document(self.path)


TestJournalMachine = pytest.mark.slow(JournalMachine.TestCase)
TestJournalMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
