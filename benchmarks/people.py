"""Verdicts over several people, where they are the units: ``python -m benchmarks.people``.

People differ: for whom a skill works well, it does so in each session. A history is a team whose
skill gets a new version that is neither better nor worse, but may suit some and not others. A
reader looks 25 times while the sessions with it grow from 10 to 2,000. It prints the share of
histories in which any look gives a verdict, as in docs/numbers.md: with sessions as the units,
as in the report of one, and with people.
"""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import numpy as np

from tachikoma_telemetry.reports.difference import (
    Difference,
    Squares,
    UnitValues,
    difference_of,
    difference_of_people,
)

Numbers = Any  # numpy's arrays
LOOKS = sorted({int(each) for each in np.geomspace(10, 2000, 25)})
BEFORE = 1000
CORRELATION = 0.1
"""Of two sessions of one person."""


class Team(NamedTuple):
    """How a made-up team works.

    Attributes:
        people: how many.
        apart: whether each uses one of the versions only.
        rate: the mean success; None for durations.
        suits: the share of people for whom the new version works differently.
        spread: of how much people use the skill, the standard deviation of the logarithm.
    """

    people: int
    apart: bool
    rate: float | None
    suits: float = 0.5
    spread: float = 0.5


class Side(NamedTuple):
    """Whose each session is, and its value, in the order of time."""

    who: Numbers
    value: Numbers


def history(dice: np.random.Generator, team: Team) -> tuple[Side, Side]:
    """The sessions before and after a change that on average changes nothing."""
    level = [_levels(dice, team) for _ in range(2)]
    level[1] = np.where(dice.random(team.people) < team.suits, level[1], level[0])
    use = dice.lognormal(0, team.spread, team.people)
    odd = np.arange(team.people) % 2
    shares = (use * (odd == 0), use * (odd == 1)) if team.apart else (use, use)
    sides = []
    for levels, share, sessions in zip(level, shares, (BEFORE, LOOKS[-1]), strict=True):
        who = dice.choice(team.people, sessions, p=share / share.sum())
        if team.rate is None:
            value = dice.normal(levels[who], (1 - CORRELATION) ** 0.5)
        else:
            value = (dice.random(sessions) < levels[who]).astype(float)
        sides.append(Side(who, value))
    return sides[0], sides[1]


def _levels(dice: np.random.Generator, team: Team) -> Numbers:
    if team.rate is None:
        return dice.normal(0, CORRELATION**0.5, team.people)
    scale = 1 / CORRELATION - 1
    return dice.beta(team.rate * scale, (1 - team.rate) * scale, team.people)


def verdicts(before: Side, after: Side, team: Team) -> tuple[bool, bool]:
    """Whether there is a verdict with sessions as the units, and with people."""
    rate = team.rate is not None
    sides = (before, after)
    sessions = difference_of([_all_in_one(each, at) for at, each in enumerate(sides)], rate=rate)
    people = difference_of_people(
        [cell for at, each in enumerate(sides) for cell in _by_person(each, at, team.people)],
        rate=rate,
    )
    return _is_verdict(sessions), _is_verdict(people)


def _is_verdict(found: Difference | None) -> bool:
    return found is not None and found.p < 0.05


def _all_in_one(side: Side, after: int) -> UnitValues:
    n, total = len(side.value), float(side.value.sum())
    return UnitValues(
        bool(after), None, None, n, total, Squares(n, float((side.value**2).sum()), total, n)
    )


def _by_person(side: Side, after: int, people: int) -> list[UnitValues]:
    n = np.bincount(side.who, minlength=people).tolist()
    total = np.bincount(side.who, weights=side.value, minlength=people).tolist()
    return [UnitValues(bool(after), who, None, n[who], total[who]) for who in range(people)]


def false_verdicts(team: Team, times: int, seed: int) -> tuple[float, float]:
    """The share of histories with a verdict at any look: by sessions, and by people."""
    dice, wrong = np.random.default_rng(seed), np.zeros(2)
    for _ in range(times):
        before, after = history(dice, team)
        found = [
            verdicts(before, Side(after.who[:look], after.value[:look]), team) for look in LOOKS
        ]
        wrong += np.any(found, axis=0)
    by_session, by_person = (wrong / times).tolist()
    return by_session, by_person


TEAMS = {
    "rate 70 %, all use both versions": (0.7, False, 0.5),
    "rate 70 %, no one uses both versions": (0.7, True, 0.5),
    "rate 95 %, all use both versions": (0.95, False, 0.5),
    "rate 70 %, a few people work most": (0.7, False, 1.5),
    "durations, all use both versions": (None, False, 0.5),
    "durations, no one uses both versions": (None, True, 0.5),
}
PEOPLE = (6, 12, 30, 100)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500, help="histories for each number")
    times = parser.parse_args().times
    print("false verdicts in % of histories, at any look: sessions as units → people\n")
    print(f"| people | {' | '.join(map(str, PEOPLE))} |\n| --- |{' ---: |' * len(PEOPLE)}")
    for row, (name, (rate, apart, spread)) in enumerate(TEAMS.items()):
        shares = [
            false_verdicts(Team(n, apart, rate, spread=spread), times, 100 * row + n)
            for n in PEOPLE
        ]
        cells = (f"{100 * one:.0f} → {100 * other:.1f}" for one, other in shares)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
