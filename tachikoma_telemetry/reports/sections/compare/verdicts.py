"""From the values of two sides to a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from ...confidence_sequence import ALPHA, holm
from ...difference import Difference, difference_of
from ...meaning import meaning, share
from ...more_runs import EFFECT, change_that_shows, times_needed
from .rows import By, CompareRow, Measure, Metric, Verdict
from .strata import Values, cells_of, chosen_dimensions, values_of

Side = Literal["before", "after"]

_SIDES: tuple[Side, ...] = ("before", "after")
_RATES = frozenset(("success", "edit_success", "edit_first_try"))
_COUNTS = frozenset(("iterations", "retries", "window_failed_calls"))
_BOTH_GROW = frozenset(("model", "format"))


@dataclass(frozen=True, slots=True)
class _MetricValues:
    """One metric of a skill, its values as they were measured (logarithms of durations, tokens)."""

    metric: Metric
    values: list[Values]
    within: tuple[str, ...]
    apart: tuple[str, ...]
    found: Difference | None

    @property
    def measure(self) -> Measure:
        if self.metric in _RATES:
            return "difference"
        return "mean difference" if self.metric in _COUNTS else "ratio"

    def side(self, side: Side) -> list[Values]:
        return [each for each in self.values if each.after is (side == "after")]

    def people(self, *sides: Side) -> int | None:
        """How many people the values of these sides are of; None in the store of one."""
        of_sides = [each.person for side in sides for each in self.side(side)]
        named = {each for each in of_sides if each is not None}
        return len(named) if self.of_people else None

    @property
    def of_people(self) -> bool:
        """Whether they are of several people, who then are the units."""
        return any(each.person is not None for each in self.values)

    def n(self, side: Side) -> int:
        return sum(each.n for each in self.side(side))

    def mean(self, side: Side) -> float | None:
        n = self.n(side)
        return math.fsum(each.total for each in self.side(side)) / n if n else None

    def sessions(self, side: Side) -> int:
        here = self.side(side)
        named = {each.session for each in here if each.session is not None}
        return len(named) + sum(each.squares.sessions for each in here if each.session is None)

    @property
    def effect(self) -> float:
        """The change that matters, in the units of the values."""
        if self.measure == "ratio":
            return math.log1p(EFFECT)
        before = self.mean("before") or 0.0
        return EFFECT if self.measure == "difference" else EFFECT * max(1.0, before)


def compare_rows(
    records: Iterable[Mapping[str, Any]],
    sides: Mapping[tuple[str | None, str], str],
    skill: str | None,
    *,
    by: By,
    measure: Metric,
) -> list[CompareRow]:
    """The rows of `compare`, in the order of the metrics; what is 0 on both sides is left out.

    `sides` are the names of the sides, by skill (None where it is not one's versions) and
    ``before`` or ``after``. The verdict is about `measure`; the other metrics are hints.
    """
    rows: list[CompareRow] = []
    for about, compared in _compared_by_skill(records, sides, by):
        if about["skill"] is None:
            about["skill"] = skill
        rows += _rows_of(compared, measure, by, about)
    return rows


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A comparison that a reader may look at."""

    p: float = share("how often chance gets so far at any time")
    metric: Metric = meaning("what is compared")
    row: Callable[[float], CompareRow] = meaning("its row of `compare`, at a level of its interval")


def version_changes(
    records: Iterable[Mapping[str, Any]], sides: Mapping[tuple[str | None, str], str]
) -> list[VersionChange]:
    """The comparisons of versions, untested; the arguments are those of `compare_rows`."""
    return [
        VersionChange(
            each.found.p if each.found else 1.0,
            each.metric,
            partial(_row, each, primary=each.metric == "success", by="version", about=about),
        )
        for about, compared in _compared_by_skill(records, sides, "version")
        for each in compared
    ]


def _compared_by_skill(
    records: Iterable[Mapping[str, Any]], sides: Mapping[tuple[str | None, str], str], by: By
) -> Iterator[tuple[dict[str, Any], list[_MetricValues]]]:
    """Each skill and the names of its sides, and what is compared of it."""
    seen = values_of(records)
    for name in dict.fromkeys(each for each, _ in sides):
        compared = [
            _compared(metric, of_metric, by)
            for metric in get_args(Metric)
            if (of_metric := seen.get((name, metric))) is not None
            and (metric in _RATES or any(each.total for each in of_metric))
        ]
        about = {"skill": name}
        about |= {f"side_{side}": sides.get((name, side)) for side in _SIDES}
        yield about, compared


def _compared(metric: Metric, values: list[Values], by: By) -> _MetricValues:
    within, apart = chosen_dimensions(values, by)
    people = any(each.person is not None for each in values)
    found = difference_of(cells_of(values, within), rate=metric in _RATES, people=people)
    return _MetricValues(metric, values, within, apart, found)


def _rows_of(
    compared: list[_MetricValues], measure: Metric, by: By, about: Mapping[str, Any]
) -> list[CompareRow]:
    """The chosen metric at 5 % by itself, the others at 5 % together."""
    first = next((each for each in compared if each.metric == measure), None)
    first = first or next(iter(compared), None)
    others = [each for each in compared if each is not first]
    levels = holm([each.found.p if each.found else 1.0 for each in others])
    rows = []
    for each in compared:
        level = ALPHA if each is first else levels[others.index(each)][1]
        rows.append(_row(each, level, primary=each is first, by=by, about=about))
    return rows


def _row(
    compared: _MetricValues, level: float, *, primary: bool, by: By, about: Mapping[str, Any]
) -> CompareRow:
    found = compared.found
    interval = found.interval(level) if found else None
    verdict = _verdict(compared, interval)
    shown = math.expm1 if compared.measure == "ratio" else float
    changed = math.exp if compared.measure == "ratio" else float
    times: dict[str, Any] = {}
    for side in _SIDES:
        here = compared.side(side)
        times[f"first_{side}"] = min((e.first for e in here if e.first), default=None)
        times[f"last_{side}"] = max((e.last for e in here if e.last), default=None)
    before, after = compared.mean("before"), compared.mean("after")
    low, high = (_limited(compared, end, changed) for end in interval or (None, None))
    return CompareRow(
        metric=compared.metric,
        before=None if before is None else shown(before),
        after=None if after is None else shown(after),
        n_before=compared.n("before"),
        n_after=compared.n("after"),
        sessions_before=compared.sessions("before"),
        sessions_after=compared.sessions("after"),
        people_before=compared.people("before"),
        people_after=compared.people("after"),
        difference=changed(found.difference) if found else None,
        low=low,
        high=high,
        crude=changed(found.crude) if found else None,
        within=[*compared.within],
        not_within=[*compared.apart],
        verdict=verdict,
        primary=primary,
        **_what_it_takes(compared, level, by, verdict),
        measure=compared.measure,
        **times,
        **about,
    )


def _limited(compared: _MetricValues, end: float | None, changed: Any) -> float | None:
    if end is None or not math.isfinite(end) or end > 700:
        return None
    return max(-1.0, min(1.0, end)) if compared.measure == "difference" else changed(end)


def _verdict(compared: _MetricValues, interval: tuple[float, float] | None) -> Verdict:
    if interval is None:
        return "can't tell yet"
    low, high = interval
    more_is_better = compared.metric in _RATES
    if low > 0:
        return "better" if more_is_better else "worse"
    if high < 0:
        return "worse" if more_is_better else "better"
    # A tenth less and a tenth more.
    least = math.log1p(-EFFECT) if compared.measure == "ratio" else -compared.effect
    return "same" if least <= low and high <= compared.effect else "can't tell yet"


def _what_it_takes(
    compared: _MetricValues, level: float, by: By, verdict: Verdict
) -> dict[str, Any]:
    """What would give a verdict: `runs_needed` or `people_needed`, and `at_best`."""
    found = compared.found
    nothing: dict[str, Any] = dict.fromkeys(("runs_needed", "people_needed", "at_best"))
    if found is None or verdict != "can't tell yet":
        return nothing
    # A version or a period that has ended gets no more runs; but other people have used it, too.
    both = by in _BOTH_GROW or compared.of_people
    if not both and found.variance is not None:
        change = change_that_shows(found, level, (1.0, 1e9))
        nothing["at_best"] = math.exp(change) if compared.measure == "ratio" else change
    times = times_needed(found, level, compared.effect, before_grows=both)
    if times is None:
        return nothing
    people = compared.people("before", "after")
    if people is not None:
        return nothing | {"people_needed": math.ceil((times - 1) * people)}
    n, m = compared.n("before"), compared.n("after")
    return nothing | {"runs_needed": math.ceil((times - 1) * (n + m if both else m))}
