"""The section `iterations` as users read it."""

from __future__ import annotations

from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sentence,
    Sheet,
    bar,
    faults,
    interval,
    name,
    number,
)
from .rows import IterationRow

_WHOLE_RUN = "(run)"
_FLAKY_SHOWN = 5


def _stage(row: IterationRow) -> Cell:
    return Cell(_WHOLE_RUN, "faint") if row.stage is None else Cell(visible(row.stage))


def _failed_criteria(row: IterationRow) -> Cell:
    return Cell(", ".join(f"{visible(each)} {n:,}" for each, n in row.failed_criteria.items()))


_SKILL: Column[IterationRow] = Column(
    "skill", lambda row: name(row.skill, "strong"), right=False, shrink=12, grouped=True
)
_STAGE: Column[IterationRow] = Column("stage", _stage, right=False, shrink=10)
_COLUMNS: list[Column[IterationRow]] = [
    _SKILL,
    _STAGE,
    Column("runs", lambda row: number(figures.count(row.runs)), drop=3),
    Column("iterations", lambda row: number(figures.count(row.iterations)), drop=1),
    Column("passed", lambda row: number(figures.share_of(row.pass_rate, row.verdicts))),
    Column("", lambda row: bar(row.pass_rate), drop=5, bar=True),
    Column("95 %", lambda row: interval(row.pass_low, row.pass_high), drop=2),
    Column("per run", lambda row: number(figures.mean(row.iterations_per_run)), drop=4),
    Column("at max", lambda row: faults(row.max_reached)),
    Column("retries", lambda row: number(figures.count(row.retries))),
    Column("escalated", lambda row: faults(row.escalations, "doubtful")),
]
_CRITERIA: list[Column[IterationRow]] = [
    _SKILL,
    _STAGE,
    Column("what failed", _failed_criteria, right=False, wrap=True, shrink=30),
]


def blocks(rows: Sequence[IterationRow]) -> list[Block]:
    """How often each stage passes, how often the maximum is reached, and what fails."""
    return [_answer(rows), *_flaky(rows), Sheet.of(_COLUMNS, rows), *_criteria(rows)]


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
    return [Sheet.of(_CRITERIA, failing)] if failing else []


def _answer(rows: Sequence[IterationRow]) -> Sentence:
    reached = sum(row.max_reached for row in rows)
    parts = [
        counted(sum(row.iterations for row in rows), "iteration"),
        counted(sum(row.retries or 0 for row in rows), "retry", "retries"),
        counted(sum(row.escalations or 0 for row in rows), "escalation"),
    ]
    passed, verdicts = sum(row.passed for row in rows), sum(row.verdicts for row in rows)
    text = ", ".join(parts)
    text += f"; {passed:,} of {verdicts:,} passed" if verdicts else ""
    if reached:
        text += f"; the last allowed iteration did not pass in {counted(reached, 'loop')}"
    return Sentence(text + ".")
