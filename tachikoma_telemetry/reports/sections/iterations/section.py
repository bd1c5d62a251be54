"""The section `iterations`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Sentence,
    Sheet,
    bar,
    faults,
    interval,
    name,
    number,
)
from ...query import records, row_of
from ...section import Part, Request, Section
from .rows import IterationRow


def _read(request: Request[None]) -> list[IterationRow]:
    """With the criteria that failed."""
    criteria: dict[tuple[str | None, str | None], dict[str, int]] = defaultdict(dict)
    for each in records(request.store, __package__, "failed_criteria"):
        criteria[each["skill"], each["stage"]][each["criterion"]] = each["count"]
    return [
        row_of(IterationRow, each, failed_criteria=criteria.get((each["skill"], each["stage"]), {}))
        for each in records(request.store, __package__, "iterations")
    ]


NOTHING = "No loop was recorded yet: `run.iteration(…)` and `run.retry(…)` record it."
_FLAKY_SHOWN = 5
_CRITERIA_SHOWN = 12


def _gave_up(row: IterationRow) -> Cell:
    rate = row.max_reached / row.runs if row.runs else None
    return number(figures.share_of(rate, row.runs), "bad" if row.max_reached else "faint")


_SKILL: Column = Column("skill", name, "skill", "strong", right=False, shrink=20, grouped=True)
_STAGE: Column = Column("stage", name, "stage", right=False, shrink=10)
_LOOPS = [
    _SKILL,
    _STAGE,
    Column("iterations", figures.count, "iterations", drop=1),
    Column("passed", figures.share_of, ("pass_rate", "verdicts")),
    Column("", bar, "pass_rate", drop=5, bar=True),
    Column("95 %", interval, ("pass_low", "pass_high"), drop=2),
    Column("per run", figures.mean, "iterations_per_run", drop=4),
    Column("gave up", _gave_up),
]
_RUNS = [
    _SKILL,
    Column("retries", figures.count, "retries"),
    Column("repeated", figures.count, "retries_inferred", drop=2),
    Column("escalated", faults, "escalations", "doubtful"),
    Column("flaky", faults, "flaky_runs", "doubtful", drop=1),
]


def blocks(rows: Sequence[IterationRow]) -> list[Block]:
    """How often each stage passes, how often it gives up, and what fails."""
    loops = [row for row in rows if row.iterations]
    # Every number of a run as a whole, in a row of its own.
    runs = [
        row
        for row in rows
        if row.retries or row.retries_inferred or row.escalations or row.flaky_runs
    ]
    return [
        _answer(rows),
        *_flaky(rows),
        *([Sheet(_LOOPS, loops)] if loops else []),
        *([Sheet(_RUNS, runs)] if runs else []),
        *_criteria(rows),
    ]


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
    return [Sentence(f"{text}, and {more:,} more skills." if more else f"{text}.")]


def _criteria(rows: Sequence[IterationRow]) -> list[Block]:
    """Skills × criteria: iterations that failed them, the most frequent criterion first."""
    failing = [row for row in rows if row.failed_criteria]
    if not failing:
        return []
    many: Counter[str] = Counter()
    for row in failing:
        many.update(row.failed_criteria)
    criteria = [each for each, _ in many.most_common(_CRITERIA_SHOWN)]
    columns = [_SKILL, _STAGE, *(_failed(each, place) for place, each in enumerate(criteria, 1))]
    rest = len(many) - len(criteria)
    more = f", and {counted(rest, 'other criterion', 'other criteria')}" if rest else ""
    return [Heading(f"iterations that failed a criterion{more}"), Sheet(columns, failing)]


def _failed(criterion: str, place: int) -> Column:
    def cell(row: IterationRow) -> Cell:
        failed = row.failed_criteria.get(criterion, 0)
        return faults(failed) if failed else Cell("·", "faint")

    return Column(visible(criterion), cell, drop=place, shrink=12, mention=True)


def _answer(rows: Sequence[IterationRow]) -> Sentence:
    reached = sum(row.max_reached for row in rows)
    parts = [
        counted(sum(row.iterations for row in rows), "iteration"),
        counted(sum(row.retries or 0 for row in rows), "retry", "retries"),
        counted(sum(row.escalations or 0 for row in rows), "escalation"),
    ]
    passed, verdicts = sum(row.passed for row in rows), sum(row.verdicts for row in rows)
    if all(each.startswith("0 ") for each in parts):
        return Sentence(NOTHING, code=True)
    text = ", ".join(parts)
    text += f"; {passed:,} of {verdicts:,} passed" if verdicts else ""
    if reached:
        text += f"; {counted(reached, 'loop')} gave up, as the last allowed iteration did not pass"
    return Sentence(text + ".")


SECTION: Section[None] = Section(
    name="iterations",
    question="how often verification passes, how often the last allowed iteration does not, and "
    "why",
    parts={"iterations": Part(IterationRow, _read)},
    blocks=lambda parts: blocks(parts["iterations"]),
    size=lambda parts: sum(row.iterations for row in parts["iterations"]),
    empty=NOTHING,
    columns=(*_LOOPS, *_RUNS),
    headings={
        "stage": "generate, verify, revise, …; – for iterations that name none",
        "passed": "iterations that passed, of those with a verdict",
        "gave up": "runs whose last allowed iteration did not pass, of all with this stage",
        "retries": "retries that the skill recorded",
        "repeated": "shell commands that the model gave again in a turn after they had failed",
        "escalated": "runs that escalated",
        "flaky": "runs that succeeded, but not without a retry or an iteration that failed",
    },
)
