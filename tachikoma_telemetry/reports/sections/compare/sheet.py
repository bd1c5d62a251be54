"""The section `compare` as users read it: the verdict in words, then what it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, Tone, number
from .interval_drawing import drawn
from .rows import CompareRow

_ONE_VERSION = (
    "`--before` or `--after` with a time sets what was before it against what came after."
)
_HINTS = (
    "The verdict is about {}; the other lines are hints, tested together. Intervals hold however "
    "often you look."
)
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "same": "plain"}
_LEAST = "a verdict needs 5 sessions on each side"
_LOG_SHOWN = math.log(2)


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


def _change(row: CompareRow, value: float | None, unit: str = "") -> str:
    if value is None:
        return figures.UNKNOWN
    if row.measure == "mean difference":
        written = f"{value:+.1f}" if abs(value) >= 0.05 or value == 0 else f"{value:+.2f}"
        return written.replace("-", "−")
    if row.measure == "ratio":
        value, unit = value - 1, "%"
    return f"{value * 100:+,.0f} {unit}".strip().replace("-", "−")


def _interval(row: CompareRow) -> str:
    if row.low is None or row.high is None:
        return figures.UNKNOWN
    low = _change(row, row.low).removesuffix(" %")
    return f"{low} to {_change(row, row.high)}"


def _drawn(row: CompareRow) -> str:
    """The interval on a scale of ±50 points, half or double, or ±1."""
    if row.low is None or row.high is None or row.difference is None:
        return ""
    ends = (row.low, row.difference, row.high)
    if row.measure == "ratio":
        return drawn(*(math.log(max(each, 1e-9)) / _LOG_SHOWN for each in ends))
    whole = 0.5 if row.measure == "difference" else max(1.0, row.before or 0.0)
    return drawn(*(each / whole for each in ends))


def _needed(row: CompareRow) -> str:
    return figures.UNKNOWN if row.runs_needed is None else f"{row.runs_needed:,}"


def _sessions(row: CompareRow) -> str:
    return f"{row.sessions_before:,}, {row.sessions_after:,}"


_COLUMNS: list[Column[CompareRow]] = [
    Column("", lambda row: Cell(_metric(row), "strong"), right=False, shrink=19),
    Column("before", lambda row: number(_value(row, row.before))),
    Column("after", lambda row: number(_value(row, row.after))),
    Column("change", lambda row: number(_change(row, row.difference, "points"))),
    Column("interval", lambda row: number(_interval(row), "faint"), drop=3),
    Column("less · more", lambda row: Cell(_drawn(row), "faint"), right=False, drop=5),
    Column("crude", lambda row: number(_change(row, row.crude, "points"), "faint"), drop=4),
    Column("sessions", lambda row: number(_sessions(row)), drop=2),
    Column("n", lambda row: number(f"{row.n_before:,}, {row.n_after:,}"), drop=6),
    Column(
        "verdict",
        lambda row: Cell(row.verdict, _TONES.get(row.verdict, "faint")),
        right=False,
    ),
    Column("runs needed", lambda row: number(_needed(row)), drop=7),
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
        columns = [
            column
            for column in _COLUMNS
            if column.title != "crude" or any(row.within for row in of_skill)
        ]
        shown.append(Sheet.of(columns, of_skill))
    if any(row.verdict != "can't tell yet" or row.runs_needed is not None for row in rows):
        primary = next(row for row in rows if row.primary)
        shown.append(Sentence(_HINTS.format(_metric(primary)), "faint"))
    return shown


def _answer(rows: Sequence[CompareRow]) -> list[Block]:
    first = rows[0]
    if first.side_before is None:  # sides without a name are versions that there are not
        return [Sentence(_one_version(rows)), Sentence(_ONE_VERSION, code=True)]
    primary = next((row for row in rows if row.primary), first)
    about = f"{visible(first.skill)}, " if first.skill is not None else ""
    sides = f"{about}{_side(rows, 'after')} against {_side(rows, 'before')}."
    shown: list[Block] = [Sentence(sides)]
    shown.append(Sentence(_verdict(primary), _TONES.get(primary.verdict, "plain")))
    hints = [
        f"{_metric(row)} {row.verdict} ({_change(row, row.difference, 'points')})"
        for row in rows
        if not row.primary and row.verdict in ("better", "worse")
    ]
    if hints:
        shown.append(Sentence(f"Besides: {', '.join(hints)}."))
    shown += [Sentence(each) for each in _mixture(primary)]
    return shown


def _side(rows: Sequence[CompareRow], side: str) -> str:
    name = getattr(rows[0], f"side_{side}")
    if name is None:
        return figures.UNKNOWN
    begins = [each for row in rows if (each := getattr(row, f"first_{side}")) is not None]
    ends = [each for row in rows if (each := getattr(row, f"last_{side}")) is not None]
    if not begins:
        return f"{visible(name)} (nothing is known of it)"
    if " " in name:
        return visible(name)  # a period says when it was
    return f"{visible(name)} ({figures.day(min(begins))} – {figures.day(max(ends))})"


def in_words(row: CompareRow) -> str:
    """A difference: ``success 62 % → 89 % (+22 to +31 points)``."""
    return f"{_sides(row)} ({_change_interval(row)})"


def _sides(row: CompareRow) -> str:
    return f"{_metric(row)} {_value(row, row.before)} → {_value(row, row.after)}"


def _change_interval(row: CompareRow) -> str:
    return f"{_interval(row)} points" if row.measure == "difference" else _interval(row)


def _verdict(row: CompareRow) -> str:
    sides, interval = _sides(row), _change_interval(row)
    if row.verdict in ("better", "worse"):
        return f"{row.verdict.upper()}: {sides}, {interval}."
    if row.verdict == "same":
        tenth = "10 points" if row.measure == "difference" else "a tenth"
        return f"SAME: {sides}, within {tenth} ({interval})."
    if row.low is None and min(row.sessions_before, row.sessions_after) < 5:
        return f"CAN'T TELL YET: {sides}; {_LEAST} ({_sessions(row)} so far)."
    said = f"CAN'T TELL YET: {sides}"
    if row.runs_needed is not None:
        tenth = "10 points" if row.measure == "difference" else "10 %"
        return f"{said}; about {row.runs_needed:,} more runs would show a change of {tenth}."
    if row.at_best is None or (row.at_best > 1 and row.measure == "difference"):
        return f"{said}."
    change = _change(row, row.at_best, "points").lstrip("+")
    least = f"no change below {change} will ever show"
    return f"{said}; after {row.sessions_before:,} sessions {least}."


def _mixture(row: CompareRow) -> list[str]:
    """What the sides differ in besides, and whether that misleads (Simpson's paradox)."""
    said = []
    if row.within and row.crude is not None and row.difference is not None:
        said.append(f"Like is compared with like: the same {_listed(row.within)}.")
        neutral = 1.0 if row.measure == "ratio" else 0.0
        opposite = (row.crude - neutral) * (row.difference - neutral) < 0
        outside = row.low is not None and row.high is not None
        outside = outside and not (row.low or 0.0) <= row.crude <= (row.high or 0.0)
        if opposite or outside:
            said.append(
                f"All together it looks like {_change(row, row.crude, 'points')}: that comes from "
                f"another mixture of {_listed(row.within)}, not from the change."
            )
    if row.not_within:
        verb = "differs" if len(row.not_within) == 1 else "differ"
        said.append(
            f"{_listed(row.not_within).capitalize()} {verb} between the sides and can't be held "
            "equal; this may be the cause."
        )
    return said


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _one_version(rows: Sequence[CompareRow]) -> str:
    first = rows[0]
    uses = {row.metric: row.n_after for row in rows}
    runs, loads = uses.get("success"), max(uses.values())
    used = counted(loads, "load") if runs is None else counted(runs, "run")
    skill, version = visible(first.skill or ""), visible(first.side_after or "")
    return f"{skill} was loaded in one version only, {version} ({used})."
