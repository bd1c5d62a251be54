"""The section `iterations` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sentence,
    Sheet,
    bar,
    faults,
    first_of_each,
    number,
)
from ...names import visible
from .rows import IterationRow

_WHOLE_RUN = "(run)"
_FLAKY_SHOWN = 5

_COLUMNS = [
    Column("skill", right=False, shrink=12),
    Column("stage", right=False, shrink=10),
    Column("runs", drop=3),
    Column("iterations", drop=1),
    Column("passed"),
    Column("", drop=5, bar=True),
    Column("95 %", drop=2),
    Column("per run", drop=4),
    Column("at max"),
    Column("retries"),
    Column("escalated"),
]
_CRITERIA = [
    Column("skill", right=False, shrink=12),
    Column("stage", right=False, shrink=10),
    Column("what failed", right=False, wrap=True, shrink=30),
]


def blocks(rows: Sequence[IterationRow]) -> list[Block]:
    """How often each stage passes, how often the maximum is reached, and what fails."""
    skills = first_of_each(row.skill for row in rows)
    cells = [[skill, *_cells(row)] for skill, row in zip(skills, rows, strict=True)]
    return [_answer(rows), *_flaky(rows), Sheet(_COLUMNS, cells), *_criteria(rows)]


def _flaky(rows: Sequence[IterationRow]) -> list[Block]:
    """The skills whose runs succeed only after something failed, the most such runs first."""
    flaky = sorted((row for row in rows if row.flaky_runs), key=lambda row: -(row.flaky_runs or 0))
    if not flaky:
        return []
    named = [
        f"{figures.UNKNOWN if row.skill is None else visible(row.skill)} {row.flaky_runs:,}"
        for row in flaky[:_FLAKY_SHOWN]
    ]
    more = len(flaky) - len(named)
    text = f"Flaky, runs that succeeded after a retry or a failed iteration: {', '.join(named)}"
    return [Sentence(f"{text}, and {more} more skills." if more else f"{text}.")]


def _criteria(rows: Sequence[IterationRow]) -> list[Block]:
    failing = [row for row in rows if row.failed_criteria]
    skills = first_of_each(row.skill for row in failing)
    cells = [[skill, *_failed(row)] for skill, row in zip(skills, failing, strict=True)]
    return [Sheet(_CRITERIA, cells)] if cells else []


def _failed(row: IterationRow) -> list[Cell]:
    text = ", ".join(f"{visible(each)} {many:,}" for each, many in row.failed_criteria.items())
    return [_stage(row), Cell(text)]


def _stage(row: IterationRow) -> Cell:
    return Cell(_WHOLE_RUN, "faint") if row.stage is None else Cell(visible(row.stage))


def _answer(rows: Sequence[IterationRow]) -> Sentence:
    reached = sum(row.max_reached for row in rows)
    parts = [
        figures.counted(sum(row.iterations for row in rows), "iteration"),
        figures.counted(sum(row.retries or 0 for row in rows), "retry", "retries"),
        figures.counted(sum(row.escalations or 0 for row in rows), "escalation"),
    ]
    passed, verdicts = sum(row.passed for row in rows), sum(row.verdicts for row in rows)
    text = ", ".join(parts)
    text += f"; {passed:,} of {verdicts:,} passed" if verdicts else ""
    if reached:
        text += f"; the last allowed iteration did not pass in {figures.counted(reached, 'loop')}"
    return Sentence(text + ".")


def _cells(row: IterationRow) -> list[Cell]:
    return [
        _stage(row),
        number(figures.count(row.runs)),
        number(figures.count(row.iterations)),
        number(figures.share_of(row.pass_rate, row.verdicts)),
        bar(row.pass_rate),
        number(figures.interval(row.pass_low, row.pass_high), "faint"),
        number(figures.mean(row.iterations_per_run)),
        faults(row.max_reached),
        number(figures.count(row.retries)),
        faults(row.escalations, "doubtful"),
    ]
