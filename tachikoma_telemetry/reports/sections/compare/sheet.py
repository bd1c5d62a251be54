"""The section `compare` as users read it: the verdict in words, then what it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, Tone, number
from . import wording as words
from .interval_drawing import drawn
from .rows import CompareRow, Measure

_ONE_VERSION = (
    "`--before` or `--after` with a time sets what was before it against what came after."
)
_HINTS = (
    "The verdict is about {}; the other lines are hints, tested together. Intervals hold however "
    "often you look."
)
_MISLEADS = 0.025  # a quarter of a change that matters
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "same": "plain"}


def _drawn(row: CompareRow) -> str:
    """The interval on a scale of ±50 points, half or double, or ±1."""
    if row.low is None or row.high is None or row.difference is None:
        return ""
    ends = (row.low, row.difference, row.high)
    if row.measure == "ratio":
        return drawn(*(words.logarithm(each) / math.log(2) for each in ends))
    whole = 0.5 if row.measure == "difference" else max(1.0, row.before or 0.0)
    return drawn(*(each / whole for each in ends))


def _needed(row: CompareRow) -> str:
    if row.people_needed is not None:
        return figures.Figure(f"{figures.about(row.people_needed)} people", row.people_needed)
    if row.runs_needed is None:
        return figures.UNKNOWN
    return figures.Figure(f"about {figures.about(row.runs_needed)}", row.runs_needed)


def _verdict(verdict: str, measure: Measure) -> Cell:
    text = f"same ±{words.tenth(measure)}" if verdict == "same" else verdict
    return Cell(text, _TONES.get(verdict, "faint"))


def _both(before: int | None, after: int | None) -> str:
    return f"{before or 0:,}, {after or 0:,}"


COLUMNS = [
    Column("", lambda row: Cell(words.label(row), "strong"), right=False, shrink=15),
    Column("before", lambda row: number(words.value(row, row.before))),
    Column("after", lambda row: number(words.value(row, row.after))),
    Column("change", lambda row: number(words.change(row, row.difference, "points"))),
    Column("interval", lambda row: number(words.interval(row), "faint"), drop=3),
    Column("less · more", lambda row: Cell(_drawn(row), "faint"), right=False, drop=1),
    Column("crude", lambda row: number(words.change(row, row.crude, "points"), "faint"), drop=4),
    Column("verdict", _verdict, ("verdict", "measure"), right=False, wrap=True, shrink=14),
    Column("more runs", _needed, drop=5),
    Column("sessions", _both, ("sessions_before", "sessions_after"), drop=2),
    Column("n", _both, ("n_before", "n_after"), drop=6),
]

_PEOPLE = Column("people", _both, ("people_before", "people_after"))


def blocks(rows: Sequence[CompareRow]) -> list[Block]:
    """The verdict on each skill, or on the two sides; then what differs."""
    shown: list[Block] = []
    groups = [[*group] for _, group in groupby(rows, key=lambda row: row.skill)]
    if len(groups) > 1:
        shown += _skills(groups)
    for of_skill in groups:
        skill = of_skill[0].skill
        if len(groups) > 1 and skill is not None:
            shown.append(Heading(visible(skill)))
        shown += _answer(of_skill)
        columns = [
            column
            for column in COLUMNS
            if column.title != "crude" or any(row.within for row in of_skill)
        ]
        people = any(row.people_before is not None for row in of_skill)
        shown.append(Sheet([*columns[:-1], _PEOPLE, columns[-1]] if people else columns, of_skill))
    if any(row.verdict != "can't tell yet" or row.runs_needed is not None for row in rows):
        primary = next(row for row in rows if row.primary)
        shown.append(Sentence(_HINTS.format(words.label(primary)), "faint"))
    return shown


def _skills(groups: Sequence[Sequence[CompareRow]]) -> list[Block]:
    """Which skills got better or worse, and a line for each."""
    primaries = [next((row for row in group if row.primary), group[0]) for group in groups]
    said = []
    for which in ("better", "worse"):
        names = [visible(row.skill or "") for row in primaries if row.verdict == which]
        said += [f"{which}: {', '.join(names)}"] if names else []
    many = f"Of {counted(len(groups), 'skill')} with two versions"
    answer = f"{many}, {'; '.join(said)}." if said else f"{many}, none is clearly better or worse."
    skill = replace(
        COLUMNS[0], title="skill", write=lambda row: Cell(visible(row.skill or ""), "strong")
    )
    several = len({row.metric for row in primaries}) > 1
    metric = replace(COLUMNS[0], title="of", drop=7)
    columns = [skill, *([metric] if several else []), *COLUMNS[1:]]
    order = ("worse", "better", "can't tell yet", "same")
    primaries.sort(key=lambda row: order.index(row.verdict))
    return [Sentence(answer), Sheet(columns, primaries)]


def _answer(rows: Sequence[CompareRow]) -> list[Block]:
    first = rows[0]
    if first.side_before is None:  # sides without a name are versions that there are not
        return [Sentence(_one_version(rows)), Sentence(_ONE_VERSION, code=True)]
    primary = next((row for row in rows if row.primary), first)
    about = f"{visible(first.skill)}, " if first.skill is not None else ""
    shown: list[Block] = [
        Sentence(words.verdict(rows), _TONES.get(primary.verdict, "plain")),
        Sentence(f"{about}{words.sides(rows)}."),
    ]
    if primary.people_before is not None:
        of = f"{words.units(primary, 'before')} before, {words.units(primary, 'after')} after"
        shown.append(Sentence(f"People are the units, not sessions: {of}."))
    return [*shown, *(Sentence(each) for each in _mixture(primary))]


def _mixture(row: CompareRow) -> list[str]:
    """What the sides differ in besides, and whether that misleads (Simpson's paradox)."""
    said = []
    if row.within and row.crude is not None and row.difference is not None:
        said.append(f"Like is compared with like: the same {words.listed(row.within)}.")
        neutral = 1.0 if row.measure == "ratio" else 0.0
        opposite = (row.crude - neutral) * (row.difference - neutral) < 0
        opposite = opposite and abs(row.crude - row.difference) >= _MISLEADS
        outside = row.low is not None and row.high is not None
        outside = outside and not (row.low or 0.0) <= row.crude <= (row.high or 0.0)
        if opposite or outside:
            crude = words.change(row, row.crude, "points")
            said.append(
                f"All together it looks like {crude}: that comes from another mixture of "
                f"{words.listed(row.within)}, not from the change."
            )
    if row.not_within and row.n_before and row.n_after:
        verb = "differs" if len(row.not_within) == 1 else "differ"
        names = words.listed(row.not_within).capitalize()
        said.append(
            f"{names} {verb} between the sides and can't be held equal; this may be the cause."
        )
    return said


def _one_version(rows: Sequence[CompareRow]) -> str:
    first = rows[0]
    uses = {row.metric: row.n_after for row in rows}
    runs, loads = uses.get("success"), max(uses.values())
    used = counted(loads, "load") if runs is None else counted(runs, "run")
    skill, version = visible(first.skill or ""), visible(first.side_after or "")
    return f"{skill} was loaded in one version only, {version} ({used})."
