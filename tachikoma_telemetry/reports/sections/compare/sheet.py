"""The section `compare` as users read it: what changed, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, Tone, number
from .rows import CompareRow

_ONE_VERSION = (
    "`--before` or `--after` with a time sets what was before it against what came after."
)
_RATIO = "× is (after + 1) / (before + 1): geometric means of x + 1, so that 0 counts."
_NEEDED = "runs needed: about how many more, both sides together, show 10 points or 10 %."
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "no evidence yet": "faint"}


def _metric(row: CompareRow) -> str:
    return row.metric.replace("_", " ")


def _value(row: CompareRow, value: float | None) -> str:
    if row.measure == "difference":
        return figures.share(value)
    if row.metric.endswith("duration"):
        return figures.duration(value)
    if row.metric.endswith("tokens"):
        return figures.amount(value)
    return figures.mean(value)


def _interval(row: CompareRow) -> str:
    if row.low is None or row.high is None:
        return figures.UNKNOWN
    return f"{_change(row, row.low)} to {_change(row, row.high)}"


def _change(row: CompareRow, value: float | None, unit: str = "") -> str:
    if value is None:
        return figures.UNKNOWN
    if row.measure == "ratio":
        return f"×{value:.2f}"
    return f"{value * 100:+.0f} {unit}".strip().replace("-", "−")


def _needed(row: CompareRow) -> str:
    return figures.UNKNOWN if row.runs_needed is None else f"{row.runs_needed:,}"


_COLUMNS: list[Column[CompareRow]] = [
    Column("", lambda row: Cell(_metric(row), "strong"), right=False, shrink=19),
    Column("before", lambda row: number(_value(row, row.before)), drop=2),
    Column("after", lambda row: number(_value(row, row.after)), drop=1),
    Column("change", lambda row: number(_change(row, row.difference, "points"))),
    Column("95 %", lambda row: number(_interval(row), "faint"), drop=5),
    Column("n", lambda row: number(f"{row.n_before:,}, {row.n_after:,}"), drop=4),
    Column("verdict", lambda row: Cell(row.verdict, _TONES[row.verdict]), right=False),
    Column("runs needed", lambda row: number(_needed(row)), drop=3),
]


def blocks(rows: Sequence[CompareRow]) -> list[Block]:
    """Each skill's two versions, or the two sides, and what differs."""
    shown: list[Block] = []
    several = len({row.skill for row in rows}) > 1
    for skill, group in groupby(rows, key=lambda row: row.skill):
        of_skill = list(group)
        if several and skill is not None:
            shown.append(Heading(visible(skill)))
        shown += _answer(of_skill)
        shown.append(Sheet.of(_COLUMNS, of_skill))
    if any(row.measure == "ratio" for row in rows):
        shown.append(Sentence(_RATIO, "faint"))
    if any(row.runs_needed is not None for row in rows):
        shown.append(Sentence(_NEEDED, "faint"))
    return shown


def _answer(rows: Sequence[CompareRow]) -> list[Block]:
    first = rows[0]
    if first.side_before is None:  # sides without a name are versions that there are not
        return [Sentence(_one_version(rows)), Sentence(_ONE_VERSION, code=True)]
    before, after = (
        figures.UNKNOWN if side is None else visible(side)
        for side in (first.side_before, first.side_after)
    )
    changes = []
    for verdict in ("better", "worse"):
        metrics = [_metric(row) for row in rows if row.verdict == verdict]
        if metrics:
            changes.append(f"{', '.join(metrics)} {verdict}")
    for side, known in (("before", "n_before"), ("after", "n_after")):
        if not any(getattr(row, known) for row in rows):
            changes.append(f"nothing is known of the side {side}")
    sides = f"{before} → {after}"
    if first.skill is not None:
        sides = f"{visible(first.skill)}, {sides}"
    return [Sentence(f"{sides}: {'; '.join(changes) or 'no evidence of a change yet'}.")]


def _one_version(rows: Sequence[CompareRow]) -> str:
    first = rows[0]
    uses = {row.metric: row.n_after for row in rows}
    runs, loads = uses.get("success"), max(uses.values())
    used = counted(loads, "load") if runs is None else counted(runs, "run")
    skill, version = visible(first.skill or ""), visible(first.side_after or "")
    return f"{skill} was loaded in one version only, {version} ({used})."
