"""What a verdict of `compare` keeps, and what it costs: ``python -m benchmarks.looking``.

A history is a skill whose version changes: some sessions before, then one session after another.
A reader looks at the report after each. It prints, as in docs/numbers.md:

- false: the share of histories without a change in which a verdict appears at any look;
- once: the share in which the test of a fixed size that takes each run by itself (Newcombe's, with
  continuity correction) is wrong, looking once at the end, and at any look;
- other verdicts: the same of edit formats and of a skill against a limit;
- found: the share of histories with a change in which the verdict appears, and after how many runs
  on each side, where the test of fixed size needs so many for 80 %.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tachikoma_telemetry.reports.confidence_sequence import critical
from tachikoma_telemetry.reports.difference import LEAST_SESSIONS, Squares, p_of_rate
from tachikoma_telemetry.reports.sections.edits.pairs import format_pairs

Dice = np.random.Generator
Numbers = Any  # numpy's arrays


class Side(NamedTuple):
    """The sessions of a side, in the order of time: how many runs each has, and their sum."""

    n: Numbers
    total: Numbers


Draw = Callable[[Dice, int], Side]


def rates(rate: float, runs: int = 1, correlation: float = 0.0) -> Draw:
    """Runs that succeed or not; those of a session resemble each other (beta-binomial)."""

    def draw(dice: Dice, sessions: int) -> Side:
        chance = np.full(sessions, rate)
        if correlation:
            scale = 1 / correlation - 1
            chance = dice.beta(rate * scale, (1 - rate) * scale, sessions)
        return Side(np.full(sessions, float(runs)), dice.binomial(runs, chance).astype(float))

    return draw


def values(one: Callable[[Dice, int], Numbers]) -> Draw:
    """One value a session."""
    return lambda dice, sessions: Side(np.ones(sessions), one(dice, sessions).astype(float))


def looks(before: Side, after: Side, *, rate: bool) -> Numbers:
    """Whether there is a verdict after each session of the side after.

    The arithmetic of `reports.difference.difference_of` for one stratum, for all looks at once;
    `tests/reports/test_difference.py` holds the two against each other.
    """
    many, m = len(before.n), np.arange(1, len(after.n) + 1)
    n, total = before.n.sum(), before.total.sum()
    later, sum_ = np.cumsum(after.n), np.cumsum(after.total)
    squares = tuple(np.cumsum(each) for each in (after.total**2, after.total * after.n, after.n**2))

    def around(mean: Numbers) -> Numbers:
        return squares[0] - 2 * mean * squares[1] + mean**2 * squares[2]

    def before_around(mean: Numbers | float) -> Numbers:
        one, two, three = (
            (before.total**2).sum(),
            (before.total * before.n).sum(),
            (before.n**2).sum(),
        )
        return one - 2 * mean * two + mean**2 * three

    weight = n * later / (n + later)
    mean, mean_after, both = total / n, sum_ / later, (total + sum_) / (n + later)
    with np.errstate(divide="ignore", invalid="ignore"):
        var_before = before_around(mean) / n**2 * many / (many - 1)
        var_after = around(mean_after) / later**2 * m / (m - 1)
        all_ = (before_around(both) + around(both)) * (many + m) / (many + m - 1)
        variance = np.fmax(var_before + var_after, all_ / (n + later) / weight)
        if rate:
            p = (total + sum_ + 2) / (n + later + 4)
            variance = np.fmax(variance, p * (1 - p) / weight)
        below = var_before**2 / (many - 1) + var_after**2 / (m - 1)
        freedom = np.where(below > 0, (var_before + var_after) ** 2 / below, np.fmin(many, m) - 1)
        freedom = np.fmax(1, freedom)
        errors = np.abs(mean_after - mean) / np.sqrt(variance)
        shrinking = (8 * freedom + 1) / (8 * freedom + 3)
        normal = shrinking * np.sqrt(freedom * np.log1p(errors**2 / freedom))
        sessions = n**2 / (before.n**2).sum()
        sessions_after = later**2 / squares[2]
        evidence = sessions * sessions_after / (sessions + sessions_after)
        beyond = normal > _critical(evidence)
    enough = np.fmin(sessions, sessions_after) >= LEAST_SESSIONS
    return beyond & enough & (m >= 2)


_critical = np.vectorize(critical)


def runs_by_themselves(before: Side, after: Side) -> Numbers:
    """Newcombe's interval with continuity correction, of runs taken by themselves, at each look."""
    z = 1.959963984540054
    a, n = before.total.sum(), before.n.sum()
    b, m = np.cumsum(after.total), np.cumsum(after.n)

    def ends(s: Numbers, k: Numbers) -> tuple[Numbers, Numbers]:
        p = s / k
        root = np.sqrt(np.fmax(0, z * z - 2 - 1 / k + 4 * p * (k * (1 - p) + 1)))
        low = np.where(s > 0, (2 * k * p + z * z - 1 - z * root) / (2 * (k + z * z)), 0)
        root = np.sqrt(np.fmax(0, z * z + 2 - 1 / k + 4 * p * (k * (1 - p) - 1)))
        high = np.where(s < k, (2 * k * p + z * z + 1 + z * root) / (2 * (k + z * z)), 1)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    (p_low, p_high), (q_low, q_high) = ends(a, n), ends(b, m)
    p, q = a / n, b / m
    low = q - p - np.hypot(q - q_low, p_high - p)
    high = q - p + np.hypot(q_high - q, p - p_low)
    return ((low > 0) | (high < 0)) & (m >= 5) & (n >= 5)


def false_verdicts(
    draw: Draw,
    before: int,
    after: int,
    times: int,
    seed: int,
    *,
    rate: bool,
    then: Draw | None = None,
) -> float:
    """The share of histories without a change in which any look gives a verdict."""
    dice = np.random.default_rng(seed)
    wrong = 0
    for _ in range(times):
        wrong += bool(looks(draw(dice, before), (then or draw)(dice, after), rate=rate).any())
    return wrong / times


def false_of_runs(
    draw: Draw, before: int, after: int, times: int, seed: int
) -> tuple[float, float]:
    """The same of the test that takes runs by themselves: at the last look, and at any."""
    dice = np.random.default_rng(seed)
    found = [runs_by_themselves(draw(dice, before), draw(dice, after)) for _ in range(times)]
    return sum(bool(f[-1]) for f in found) / times, sum(bool(f.any()) for f in found) / times


class Found(NamedTuple):
    """How a change shows: in which share of histories, and the median number of runs a side."""

    share: float
    runs: float


def found_changes(before: Draw, after: Draw, sessions: int, times: int, seed: int) -> Found:
    """Both sides have grown together to so many sessions; a look after each pair of sessions."""
    dice = np.random.default_rng(seed)
    at = []
    for _ in range(times):
        one, other = before(dice, sessions), after(dice, sessions)
        hit = math.inf
        for size in sorted({int(x) for x in np.geomspace(5, sessions, 60)}):
            first = Side(one.n[:size], one.total[:size])
            then = Side(other.n[:size], other.total[:size])
            if looks(first, then, rate=True)[-1]:
                hit = float(first.n.sum())
                break
        at.append(hit)
    return Found(sum(map(math.isfinite, at)) / times, float(np.median(at)))


def runs_of_fixed_size(p: float, q: float) -> int:
    """Fleiss's number of runs a side for 80 % at 5 %, with continuity correction."""
    mean, gap = (p + q) / 2, abs(p - q)
    spread = 1.96 * math.sqrt(2 * mean * (1 - mean))
    spread += 0.8416 * math.sqrt(p * (1 - p) + q * (1 - q))
    n = (spread / gap) ** 2
    return math.ceil(n / 4 * (1 + math.sqrt(1 + 4 / (n * gap))) ** 2)


def false_choices(times: int, seed: int, *, formats: int = 4, sessions: int = 200) -> float:
    """The share of histories in which any of equally good edit formats is ever called ahead.

    Every session begins two edits with each; a format goes well or badly in a session as a whole
    (correlation 0.3). A look after every tenth session.
    """
    dice, wrong = np.random.default_rng(seed), 0
    for _ in range(times):
        sides = [rates(0.8, 2, 0.3)(dice, sessions) for _ in range(formats)]
        wrong += any(
            pair.verdict == "ahead"
            for seen in range(10, sessions + 1, 10)
            for pair in format_pairs(
                [
                    {"model": "m", "format": f"f{at}", "unit": str(k), "edits": 2, "first_tries": n}
                    for at, side in enumerate(sides)
                    for k, n in enumerate(side.total[:seen].tolist())
                ],
                5,
            )
        )
    return wrong / times


def false_levels(times: int, seed: int, *, sessions: int = 400) -> float:
    """The share of histories in which a skill at the limit is ever called below or above it."""
    dice, wrong = np.random.default_rng(seed), 0
    for _ in range(times):
        side = rates(0.7, 5, 0.3)(dice, sessions)
        total, tt, tn = (np.cumsum(each) for each in (side.total, side.total**2, 5 * side.total))
        wrong += any(
            p_of_rate(5 * m, total[m - 1], Squares(m, tt[m - 1], tn[m - 1], 25.0 * m), 0.7) < 0.05
            for m in range(1, sessions + 1)
        )
    return wrong / times


def _log(spread: float) -> Callable[[Dice, int], Numbers]:
    return lambda dice, size: dice.normal(9, spread, size)


HISTORIES: dict[str, tuple[Draw, bool]] = {
    "rate 50 %": (rates(0.5), True),
    "rate 70 %": (rates(0.7), True),
    "rate 90 %": (rates(0.9), True),
    "rate 98 %": (rates(0.98), True),
    "rate 70 %, sessions of 5, correlation 0.3": (rates(0.7, 5, 0.3), True),
    "rate 90 %, sessions of 5, correlation 0.3": (rates(0.9, 5, 0.3), True),
    "2 % of runs have a retry": (values(lambda d, n: d.binomial(1, 0.02, n)), False),
    "1, once in 50 runs 10": (values(lambda d, n: np.where(d.random(n) < 0.02, 10, 1)), False),
    "Poisson, mean 0.5": (values(lambda d, n: d.poisson(0.5, n)), False),
    "Poisson, mean 4": (values(lambda d, n: d.poisson(4, n)), False),
    "negative binomial, mean 5": (
        values(lambda d, n: d.negative_binomial(0.5, 0.5 / 5.5, n)),
        False,
    ),
    "durations, spread 0.3": (values(_log(0.3)), False),
    "durations, spread 1.2": (values(_log(1.2)), False),
    "durations, one in ten times out": (
        values(lambda d, n: np.where(d.random(n) < 0.1, 11.7, d.normal(7.6, 0.3, n))),
        False,
    ),
}
SPREADS = {
    "durations, spread 0.2, then 0.8": (_log(0.2), _log(0.8)),
    "durations, spread 0.8, then 0.2": (_log(0.8), _log(0.2)),
}
BEFORE = (5, 10, 30, 100, 400)
CHANGES = ((0.5, 0.7), (0.6, 0.8), (0.7, 0.9))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000, help="histories for each number")
    parser.add_argument("--looks", type=int, default=2000, help="sessions after, a look after each")
    given = parser.parse_args()
    times, after = given.times, given.looks

    print(f"false verdicts in % of histories, {after:,} looks; columns: sessions before\n")
    print(f"| {'drawn from'} | {' | '.join(map(str, BEFORE))} |")
    print("| --- |" + " ---: |" * len(BEFORE))
    rows: dict[str, tuple[Draw, Draw, bool]] = {
        name: (draw, draw, rate) for name, (draw, rate) in HISTORIES.items()
    }
    rows |= {name: (values(one), values(two), False) for name, (one, two) in SPREADS.items()}
    for row, (name, (one, two, rate)) in enumerate(rows.items()):
        shares = [
            false_verdicts(one, n, after, times, 100 * row + n, rate=rate, then=two) for n in BEFORE
        ]
        print(f"| {name} | {' | '.join(f'{100 * each:.1f}' for each in shares)} |", flush=True)

    print("\nruns taken by themselves, a test of fixed size, 100 sessions before and after\n")
    print("| drawn from | looking once | looking after every session |\n| --- | ---: | ---: |")
    for name in ("rate 70 %", "rate 70 %, sessions of 5, correlation 0.3"):
        once, often = false_of_runs(HISTORIES[name][0], 100, 100, 4 * times, 7)
        print(f"| {name} | {100 * once:.1f} | {100 * often:.1f} |")

    print("\nother verdicts, in % of histories in which nothing differs\n")
    print("| verdict | wrong at any look |\n| --- | ---: |")
    print(f"| one of four edit formats is ahead | {100 * false_choices(times // 4, 13):.1f} |")
    print(f"| a skill is below or above the limit | {100 * false_levels(times // 2, 17):.1f} |")

    print("\na change of 20 points, with twice the runs of the fixed size\n")
    print("| rate | fixed size | found with twice that | median runs |")
    print("| --- | ---: | ---: | ---: |")
    for p, q in CHANGES:
        fixed = runs_of_fixed_size(p, q)
        found = found_changes(rates(p), rates(q), 2 * fixed, times // 2, 11)
        print(f"| {p:.0%} → {q:.0%} | {fixed} | {100 * found.share:.0f} % | {found.runs:.0f} |")


if __name__ == "__main__":
    main()
