"""The charts of the section `trend`: a small one for each thing, all on the same scales."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from .....visible import visible
from .... import figures
from ....rate_intervals import wilson
from ....section import Parts
from ....sections.skills.rows import SkillRow
from ....sections.trend.rows import TrendRow
from ....sections.trend.sheet import thing
from .. import svg
from ..chart import Chart

MOST = 8
_MOST_PERIODS = 120
_LABELS = 3  # of versions; more would overprint each other
_LETTERS = 4  # of a version
_WIDE, _HIGH = 240, 64
_NEAR = 0.1  # so far above a threshold, a rate is doubtful

_PERIODS = ((3_600_000 * 3, "hour by hour"), (86_400_000 * 2, "day by day"))
_WEEKS = 86_400_000 * 8

Limit = Callable[[str | None], float | None]
"""The success below which a skill is marked, 0–1; None where there is none."""


class _RateHistory(NamedTuple):
    """What became of one thing: its periods with a rate, and the sums over all of them."""

    name: str
    skill: str | None
    rows: Sequence[TrendRow]
    succeeded: int
    finished: int

    @property
    def rate(self) -> float:
        return self.succeeded / self.finished


def trend(parts: Parts) -> list[Chart]:
    """How each thing succeeds over time."""
    return success(parts, lambda _: None)


def success(parts: Parts, limit: Limit, whose: str = "") -> list[Chart]:
    """How each skill, or whatever the trend is of, succeeds over time, the worst first.

    Args:
        parts: the rows of the report.
        limit: the success below which each is marked.
        whose: what is said before that limit.

    """
    histories = _histories(parts["trend"])
    if not histories:
        return []
    shown = histories[:MOST]
    starts = sorted({row.started for each in shown for row in each.rows})
    across = svg.Scale(starts[0], max(starts[-1], starts[0] + 1))
    limits = {each.name: limit(each.skill) for each in shown}
    skills: Mapping[str | None, SkillRow] = {row.skill: row for row in parts.get("skills", [])}
    cards = "\n".join(
        _card(each, across, limits[each.name], skills.get(each.skill)) for each in shown
    )
    rows = [row for each in shown for row in each.rows]
    subject = "each skill" if rows[0].subject == "skills" else "each"
    title = f"Success of {subject}, {_steps(rows)}"
    note = "worst first · band: 95 % interval"
    note += " · orange: a new version" if any(row.new_versions for row in rows) else ""
    note += _of_limits({each for each in limits.values() if each is not None}, whose)
    more = len(histories) - len(shown)
    note += f" · {more:,} more in the table" if more else ""
    return [Chart(title, note, f'<div class="cards">\n{cards}\n</div>')]


def _of_limits(limits: set[float], whose: str) -> str:
    if not limits:
        return ""
    rates = figures.share(*limits) if len(limits) == 1 else ""
    return f" · dotted: {whose}{rates}".rstrip(", ")


def _histories(rows: Iterable[TrendRow]) -> list[_RateHistory]:
    """Those that the lower end of the interval puts lowest come first."""
    by_thing: dict[str, list[TrendRow]] = {}
    for row in rows:
        if row.success_rate is not None:
            by_thing.setdefault(thing(row), []).append(row)
    found = [
        _RateHistory(
            *(name, of_thing[0].skill, of_thing[-_MOST_PERIODS:]),
            sum(row.succeeded or 0 for row in of_thing),
            sum(row.finished for row in of_thing),
        )
        for name, of_thing in by_thing.items()
    ]
    return sorted(found, key=lambda each: (wilson(each.succeeded, each.finished)[0], each.name))


def _steps(rows: Sequence[TrendRow]) -> str:
    longest = max(row.ended - row.started for row in rows)
    for most, words in _PERIODS:
        if longest < most:
            return words
    return "week by week" if longest < _WEEKS else "month by month"


def _card(
    history: _RateHistory, across: svg.Scale, limit: float | None, skill: SkillRow | None
) -> str:
    of = figures.share_of(history.rate, history.finished)
    said = f"{history.name}: {of} succeeded, {history.rows[0].period} to {history.rows[-1].period}"
    return (
        f'<div class="card"><h3>{escape(history.name)}</h3>'
        f'<strong class="{_tone(history.rate, limit)}">{figures.share(history.rate)}</strong>'
        f'<svg class="line" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(said)}">'
        f"{_drawn(history, across, limit)}</svg><p>{_facts(history, skill)}</p></div>"
    )


def _tone(rate: float, limit: float | None) -> str:
    if limit is None:
        return "plain"
    return "bad" if rate < limit else "doubtful" if rate < limit + _NEAR else "good"


def _facts(history: _RateHistory, skill: SkillRow | None) -> str:
    finished = f"{history.finished:,} finished"
    if skill is None:
        return finished
    facts = (finished, figures.duration(skill.run_p50_ms), figures.money(skill.cost))
    return " · ".join(each for each in facts if each != figures.UNKNOWN)


def _drawn(history: _RateHistory, across: svg.Scale, limit: float | None) -> str:
    places = [(_x(across, row.started), row) for row in history.rows]
    marks = ""
    if limit is not None:
        marks = svg.shape("line", kind="limit", x1=0, x2=_WIDE, y1=_y(limit), y2=_y(limit))
    if len(places) == 1:
        (x, row) = places[0]
        places = [(max(x - 8, 0), row), (min(x + 8, _WIDE), row)]
    upper = [(x, _y(row.success_high or 0)) for x, row in places]
    lower = [(x, _y(row.success_low or 0)) for x, row in reversed(places)]
    marks += svg.shape("polygon", kind="band", points=svg.points([*upper, *lower]))
    rates = svg.points((x, _y(row.success_rate or 0)) for x, row in places)
    marks += svg.shape("polyline", kind="rate", points=rates)
    return marks + _versions(history, across) + _tooltips(history, across)


def _versions(history: _RateHistory, across: svg.Scale) -> str:
    """A line where a version came into use; the first of all is no change."""
    newer = [row for row in history.rows[1:] if row.new_versions]
    marks = ""
    for place, row in enumerate(newer):
        x = _x(across, row.started)
        marks += svg.shape("line", kind="version", x1=x, x2=x, y1=0, y2=_HIGH)
        if len(newer) - place <= _LABELS:
            left = x > 0.8 * _WIDE
            anchor = ' text-anchor="end"' if left else ""
            name = escape(visible(row.new_versions[-1])[:_LETTERS])
            at = svg.short(x + (-3 if left else 3))
            marks += f'<text x="{at}" y="{_HIGH - 2}"{anchor}>{name}</text>'
    return marks


def _tooltips(history: _RateHistory, across: svg.Scale) -> str:
    """A field over each period, which says its numbers."""
    xs = [_x(across, row.started) for row in history.rows]
    edges = [0.0, *((one + other) / 2 for one, other in pairwise(xs)), _WIDE]
    return "".join(
        svg.shape("rect", _said(row), kind="hit", x=left, width=right - left, height=_HIGH)
        for row, (left, right) in zip(history.rows, pairwise(edges), strict=True)
    )


def _said(row: TrendRow) -> str:
    interval = figures.interval(row.success_low, row.success_high)
    newer = ", ".join(map(visible, row.new_versions))
    return (
        f"{row.period}: {figures.share_of(row.success_rate, row.finished)} (95 %: {interval})"
        + (f", new version {newer}" if newer else "")
    )


def _x(across: svg.Scale, at: int) -> float:
    return 4 + across.at(at) * (_WIDE - 8) / 100


def _y(rate: float) -> float:
    return 4 + (1 - rate) * (_HIGH - 8)
