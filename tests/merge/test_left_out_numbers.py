"""Numbers that events leave out are given by their order within the run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry

from ..merging import contents, merge_project, rows
from ..opencode_rows import START
from ..random_history import seeds

_STEPS = "SELECT stage, number, maximum FROM iteration_metrics WHERE kind = ? ORDER BY time"
_CHUNKS = "SELECT chunk, total FROM rlm_metrics ORDER BY time"


def _record(kind: str, at: int, run: str | None = "run_1", **fields: Any) -> None:
    telemetry.record(kind, fields, envelope={"run_id": run, "skill": "fixer"}, time=START + at)


def test_iterations_count_themselves_in_their_stage(project: Path) -> None:
    """Each stage has its own count, and a maximum that was said once holds there."""
    _record("iteration", 1, stage="generate")
    _record("iteration", 2, stage="verify", max=3)
    _record("iteration", 3, stage="generate")
    _record("iteration", 4, stage="verify")
    merge_project(project)
    assert [
        ("generate", 1, None),
        ("verify", 1, 3),
        ("generate", 2, None),
        ("verify", 2, 3),
    ] == rows(project, _STEPS, "iteration")


def test_a_number_that_is_said_is_counted_from(project: Path) -> None:
    """The next one after 7 is 8; a maximum holds up to the next one, the first also before it."""
    said: list[dict[str, int]] = [{}, {"index": 7, "max": 9}, {}, {"max": 12}, {}]
    for at, fields in enumerate(said):
        _record("iteration", at, "run_1", **fields)
    merge_project(project)
    assert [(None, 1, 9), (None, 7, 9), (None, 8, 9), (None, 9, 12), (None, 10, 12)] == rows(
        project, _STEPS, "iteration"
    )


def test_retries_and_chunks_count_themselves(project: Path) -> None:
    """The first retry begins the second attempt; the first chunk is chunk 0."""
    for at in range(3):
        _record("retry", at)
        _record("rlm_chunk", at, "run_1", **({"total": 3} if at == 0 else {}))
    merge_project(project)
    assert [(None, 2, None), (None, 3, None), (None, 4, None)] == rows(project, _STEPS, "retry")
    assert [(0, 3), (1, 3), (2, 3)] == rows(project, _CHUNKS)


def test_without_a_run_there_is_no_order(project: Path) -> None:
    """Events of no run, and of another one, have no part in it."""
    _record("iteration", 1, run=None)
    _record("iteration", 2, run="run_2")
    _record("iteration", 3, run="run_3")
    merge_project(project)
    assert [(None, None, None), (None, 1, None), (None, 1, None)] == rows(
        project, _STEPS, "iteration"
    )


def test_a_number_has_a_limit(project: Path) -> None:
    """What would be out of the range of such a number is unknown."""
    _record("iteration", 1, index=10**9)
    _record("iteration", 2)
    merge_project(project)
    assert [(None, 10**9, None), (None, None, None)] == rows(project, _STEPS, "iteration")


@pytest.mark.parametrize("seed", seeds(fast=2, all=5))
def test_merged_in_pieces_the_numbers_are_those_of_a_rebuild(project: Path, seed: int) -> None:
    """An event that arrives late moves the numbers behind it, as if it had been there first."""
    chance = random.Random(seed)
    for _ in range(12):
        for _ in range(chance.randrange(4)):
            kind = chance.choice(("iteration", "retry", "rlm_chunk"))
            names = {"iteration": ("index", "max"), "retry": ("attempt", "max")}
            number, most = names.get(kind, ("index", "total"))
            fields: dict[str, Any] = {
                name: chance.randint(1, 9) for name in (number, most) if chance.random() < 0.25
            }
            if kind == "iteration":
                fields["stage"] = chance.choice((None, "generate", "verify"))
            _record(kind, chance.randrange(20), chance.choice(("run_1", "n")), **fields)
        merge_project(project)
    merge_project(project, store=project / "fresh.db")
    assert contents(project) == contents(project, project / "fresh.db")
