"""How often a verdict comes where nothing changed: ``python -m benchmarks.verdicts``.

Both sides are drawn from the same distribution, so each verdict is a false one; 5 % are promised.
It prints the table of docs/reports/compare.md: a line for each kind of values, a column for each
pair of sizes. ``spread only`` is a change that keeps the geometric mean: no verdict is due either.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from tachikoma_telemetry.reports.sections.compare.intervals import welch
from tachikoma_telemetry.reports.sections.compare.significance import (
    of_rates,
    of_ratios,
    summary_of,
)

Dice = np.random.Generator
Draw = Callable[[Dice, int], "np.ndarray"]
SIZES = ((5, 5), (10, 10), (20, 20), (50, 50), (200, 200), (42, 7), (100, 5), (5, 100), (200, 20))


def _weighted(values: tuple[int, ...], shares: tuple[float, ...]) -> Draw:
    return lambda dice, n: dice.choice(values, n, p=shares)


def _zero_inflated(dice: Dice, n: int) -> np.ndarray:
    return np.where(dice.random(n) < 0.8, 0, dice.poisson(3, n))


def _timeouts(dice: Dice, n: int) -> np.ndarray:
    quick = 2_000 * np.exp(dice.normal(0, 0.3, n))
    return np.where(dice.random(n) < 0.1, 120_000 + dice.integers(0, 500, n), quick).round()


def _lognormal(spread: float, least: int = 1) -> Draw:
    return lambda dice, n: (
        (10_000 * np.exp(dice.normal(0, spread, n)) / least).round().astype(np.int64) * least
    )


COUNTS: dict[str, Draw] = {
    "10 % of runs have a retry": _weighted((0, 1), (0.9, 0.1)),
    "2 % of runs have a retry": _weighted((0, 1), (0.98, 0.02)),
    "retries 75, 20, 5 %": _weighted((0, 1, 2), (0.75, 0.2, 0.05)),
    "iterations 80, 15, 5 %": _weighted((1, 2, 3), (0.8, 0.15, 0.05)),
    "iterations capped at 3": _weighted((1, 2, 3), (0.15, 0.15, 0.7)),
    "1, once in 50 runs 10": _weighted((1, 10), (0.98, 0.02)),
    "Poisson, mean 0.5": lambda dice, n: dice.poisson(0.5, n),
    "Poisson, mean 4": lambda dice, n: dice.poisson(4, n),
    "geometric, mean 1": lambda dice, n: dice.geometric(0.5, n) - 1,
    "four of five 0, else Poisson": _zero_inflated,
    "negative binomial, mean 5": lambda dice, n: dice.negative_binomial(0.5, 0.5 / 5.5, n),
}
DURATIONS: dict[str, Draw] = {
    "log-normal, spread 0.3": _lognormal(0.3),
    "log-normal, spread 1.2": _lognormal(1.2),
    "whole seconds": _lognormal(0.2, 1000),
    "one in ten times out": _timeouts,
    "exponential": lambda dice, n: dice.exponential(3_000, n).round(),
}
RATES = {"rate 50 %": 0.5, "rate 70 %": 0.7, "rate 90 %": 0.9, "rate 98 %": 0.98}
SPREADS: dict[str, tuple[Draw, Draw]] = {
    "spread only: 0.2, then 0.8": (_lognormal(0.2), _lognormal(0.8)),
}

Tally = tuple[tuple[float, int], ...]


def tally(values: np.ndarray) -> Tally:
    """How often each value is there."""
    different, counts = np.unique(values, return_counts=True)
    return tuple(zip(different.tolist(), counts.tolist(), strict=True))


@lru_cache(maxsize=100_000)
def _changed(before: Tally, after: Tally) -> bool:
    one, other = summary_of(dict(before)), summary_of(dict(after))
    # The interval is at least as wide as Welch's: where that holds 0, the rest need not be done.
    _, low, high = welch(*((each.n, each.mean, each.variance or 0.0) for each in (one, other)))
    return not low <= 0 <= high and of_ratios(one, other).change != 0


@lru_cache(maxsize=100_000)
def _rate_changed(before: tuple[int, int], after: tuple[int, int]) -> bool:
    return of_rates(before, after).change != 0


def false_verdicts(before: Draw, after: Draw, n: int, m: int, times: int, seed: int) -> float:
    """The share of comparisons of values of two sides that end in a verdict."""
    dice = np.random.default_rng(seed)
    return (
        sum(_changed(tally(before(dice, n)), tally(after(dice, m))) for _ in range(times)) / times
    )


def false_rates(rate: float, n: int, m: int, times: int, seed: int) -> float:
    """The share of comparisons of two equal rates that end in a verdict."""
    dice = np.random.default_rng(seed)
    pairs = zip(dice.binomial(n, rate, times), dice.binomial(m, rate, times), strict=True)
    return sum(_rate_changed((int(s), n), (int(t), m)) for s, t in pairs) / times


def _measure_rate(rate: float, times: int) -> Callable[[int, int, int], float]:
    return lambda n, m, seed: false_rates(rate, n, m, times, seed)


def _measure(before: Draw, after: Draw, times: int) -> Callable[[int, int, int], float]:
    return lambda n, m, seed: false_verdicts(before, after, n, m, times, seed)


def table(times: int) -> Iterator[tuple[str, list[float]]]:
    """The share of false verdicts of each kind of values, for each of `SIZES`."""
    kinds: dict[str, Callable[[int, int, int], float]] = {
        name: _measure_rate(rate, times) for name, rate in RATES.items()
    }
    same = {name: (draw, draw) for name, draw in (COUNTS | DURATIONS).items()}
    kinds |= {name: _measure(*sides, times) for name, sides in (same | SPREADS).items()}
    for row, (name, measure) in enumerate(kinds.items()):
        yield name, [measure(n, m, 1000 * row + at) for at, (n, m) in enumerate(SIZES)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000, help="comparisons for each number")
    arguments = parser.parse_args()
    print("false verdicts, in %, by the numbers before, after")
    print(f"{'':<30}" + "".join(f"{f'{n}, {m}':>9}" for n, m in SIZES))
    for name, shares in table(arguments.times):
        print(f"{name:<30}" + "".join(f"{100 * each:>9.1f}" for each in shares), flush=True)


if __name__ == "__main__":
    main()
