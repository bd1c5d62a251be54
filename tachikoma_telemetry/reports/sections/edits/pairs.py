"""Edit formats of one model, each against each: which lead is more than chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, groupby
from typing import Any, NamedTuple

from ...confidence_sequence import holm
from ...difference import Difference, Squares, UnitValues, difference_of, difference_of_people
from ...more_runs import EFFECT, times_needed
from .rows import FormatPairRow, PairVerdict


class _Tally(NamedTuple):
    """The edits that began with a format.

    Attributes:
        format: its name.
        edits: how many.
        first_tries: those right at once.
        sessions: how many.
        units: both by session, or of several people by person.
        of_people: whether the units are people.

    """

    format: str
    edits: int
    first_tries: int
    sessions: int
    units: Mapping[str, tuple[int, int]]
    of_people: bool

    @property
    def rate(self) -> float:
        return self.first_tries / self.edits


def format_pairs(records: Iterable[Mapping[str, Any]], minimum: int) -> list[FormatPairRow]:
    """Each format against each, by model; of one model together they are wrong in 5 %.

    The records are those of format_sessions.sql, a model's together. A format with fewer edits than
    `minimum` is not compared.
    """
    return [
        pair
        for model, of_model in groupby(records, key=lambda each: each["model"])
        for pair in _pairs(model, _tallies(of_model), minimum)
    ]


def _tallies(records: Iterable[Mapping[str, Any]]) -> Iterator[_Tally]:
    for format, of_format in groupby(records, key=lambda each: each["format"]):
        of_units = [*of_format]
        units = {each["unit"]: (each["first_tries"], each["edits"]) for each in of_units}
        sessions = sum(each.get("sessions", 1) for each in of_units)
        of_people = any(each.get("person") is not None for each in of_units)
        right, edits = (sum(each) for each in zip(*units.values(), strict=True))
        yield _Tally(format, edits, right, sessions, units, of_people)


def _pairs(model: str | None, tallies: Iterable[_Tally], minimum: int) -> list[FormatPairRow]:
    known = [each for each in tallies if each.edits >= minimum]
    known.sort(key=lambda each: (-each.rate, -each.edits, each.format))
    pairs = [(one, other, _lead(one, other)) for one, other in combinations(known, 2)]
    levels = holm([lead.p for _, _, lead in pairs])
    return [
        _row(model, *pair, level, falls=falls)
        for pair, (falls, level) in zip(pairs, levels, strict=True)
    ]


def _lead(one: _Tally, other: _Tally) -> Difference:
    """The difference of the first-try rates, one − other; sessions are the units, or people."""
    people = one.of_people or other.of_people
    # In one order: floats added in another make another sum.
    both = (
        [*one.units, *(unit for unit in other.units if unit not in one.units)]
        if people
        else [unit for unit in one.units if unit in other.units]
    )
    cells = [
        cell
        for after, each in ((False, other), (True, one))
        for cell in _cells(each, both, after=after)
    ]
    lead = difference_of_people(cells, rate=True) if people else difference_of(cells, rate=True)
    assert lead is not None  # both have edits, in strata that both have
    return lead


def _cells(tally: _Tally, both: Iterable[str], *, after: bool) -> Iterator[UnitValues]:
    """The units that are in `both` one by one, and the others in one."""
    alone = dict(tally.units)
    for name in both:
        right, n = alone.pop(name, (0, 0))
        yield UnitValues(after, name, None, n, right)
    right, n = (sum(each) for each in zip(*alone.values(), strict=True)) if alone else (0, 0)
    squares = (sum(a * b for a, b in alone.values()), sum(b * b for _, b in alone.values()))
    many = Squares(len(alone), sum(a * a for a, _ in alone.values()), *squares)
    yield UnitValues(after, None, None, n, right, many)


def _row(
    model: str | None, one: _Tally, other: _Tally, lead: Difference, level: float, *, falls: bool
) -> FormatPairRow:
    interval = lead.interval(level)
    verdict: PairVerdict = "ahead" if falls and lead.difference > 0 else "can't tell yet"
    if verdict != "ahead" and interval and max(abs(end) for end in interval) <= EFFECT:
        verdict = "same"
    low, high = (max(-1.0, min(1.0, end)) for end in interval) if interval else (None, None)
    needed, of = None, None
    if verdict == "can't tell yet":
        needed, of = _needed(one, other, lead, level)
    return FormatPairRow(
        model=model,
        format=one.format,
        other=other.format,
        edits=one.edits,
        first_tries=one.first_tries,
        other_edits=other.edits,
        other_first_tries=other.first_tries,
        sessions=one.sessions,
        other_sessions=other.sessions,
        people=len(one.units) if one.of_people else None,
        other_people=len(other.units) if other.of_people else None,
        lead=lead.difference,
        lead_low=low,
        lead_high=high,
        chance=lead.p,
        verdict=verdict,
        edits_needed=needed,
        edits_needed_of=of,
    )


def _needed(
    one: _Tally, other: _Tally, lead: Difference, level: float
) -> tuple[int | None, str | None]:
    """How many more edits, and with which format; where one is not enough, None for both."""
    effect = max(EFFECT, lead.difference)
    few = min((one, other), key=lambda each: len(each.units))
    sides = lead.sessions if few is one else lead.sessions[::-1]
    for both in (False, True):
        times = times_needed(lead._replace(sessions=sides), level, effect, before_grows=both)
        if times is not None:
            edits = one.edits + other.edits if both else few.edits
            return math.ceil((times - 1) * edits), None if both else few.format
    return None, None
