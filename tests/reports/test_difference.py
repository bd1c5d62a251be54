"""The difference of two sides, and when it is more than chance."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import looking, people
from tachikoma_telemetry.reports.confidence_sequence import (
    amount_of_evidence,
    critical,
    holm,
    p_value,
)
from tachikoma_telemetry.reports.difference import (
    Squares,
    UnitValues,
    difference_of,
    p_of_rate,
    shared,
)

DICE = random.Random(4)


def sides(strata: dict[str, tuple[tuple[int, int], tuple[int, int]]]) -> list[UnitValues]:
    """Independent runs: per stratum (successes, n) before and after."""
    return [
        UnitValues(bool(after), (name, after, number), name, 1, float(number < good))
        for name, both in strata.items()
        for after, (good, n) in enumerate(both)
        for number in range(n)
    ]


# The formulas.


@settings(max_examples=100, deadline=None)
@given(st.floats(2.5, 1e5), st.floats(1e-9, 0.5))
def test_the_p_value_is_the_level_at_which_the_boundary_is_reached(
    evidence: float, alpha: float
) -> None:
    """One is the inverse of the other."""
    assert p_value(critical(evidence, alpha), evidence) == pytest.approx(alpha)


def test_the_boundary_is_close_to_that_of_one_look_and_closest_at_50_sessions() -> None:
    """3.03 standard errors instead of 1.96; more for fewer and, slowly, for more."""
    at = {n: critical(amount_of_evidence(n, n)) for n in (5, 20, 50, 80, 100, 200, 2000)}

    assert 3.03 == pytest.approx(at[100], abs=0.01)
    assert 4.6 == pytest.approx(at[5], abs=0.1)
    assert at[5] > at[20] > at[50] > at[100]
    assert at[100] < at[200] < at[2000] < 3.5


def test_holm_s_levels_rise_until_one_is_not_passed() -> None:
    """Holm's procedure by hand: 0.01 at 0.05 / 4, 0.013 at 0.05 / 3, 0.03 not at 0.05 / 2."""
    assert [
        (False, 0.025), (True, 0.0125), (False, 0.025), (True, 0.05 / 3),
    ] == holm([0.04, 0.01, 0.03, 0.013])  # fmt: skip


# The difference.


def test_a_stratified_difference_is_mantel_and_haenszel_s() -> None:
    """Greenland and Robins 1985, (1) and (2): the weights are n m / (n + m)."""
    strata = {"a": ((30, 50), (20, 25)), "b": ((5, 20), (30, 80)), "only": ((3, 4), (0, 0))}

    found = difference_of(sides(strata), rate=True)

    assert found is not None
    used = [((30, 50), (20, 25)), ((5, 20), (30, 80))]
    weights = [n * m / (n + m) for (_, n), (_, m) in used]
    parts = [b / m - a / n for (a, n), (b, m) in used]
    expected = sum(w * d for w, d in zip(weights, parts, strict=True)) / sum(weights)
    assert found.difference == pytest.approx(expected)
    assert found.crude == pytest.approx(50 / 105 - 38 / 74)
    assert shared(sides(strata)) == pytest.approx(70 / 74)


def test_the_variance_is_that_of_the_sessions_sums() -> None:
    """A session with all of its runs is one: computed with numpy, of one stratum."""
    dice = np.random.default_rng(3)
    runs = [dice.integers(1, 9, 30), dice.integers(1, 9, 40)]
    good = [dice.binomial(n, dice.beta(1, 1, len(n))) for n in runs]
    cells = [
        UnitValues(bool(side), (side, k), None, int(runs[side][k]), float(good[side][k]))
        for side in (0, 1)
        for k in range(len(runs[side]))
    ]

    found = difference_of(cells, rate=True)

    expected = 0.0
    for n, s in zip(runs, good, strict=True):
        rest = s - n * s.sum() / n.sum()
        expected += (rest**2).sum() / n.sum() ** 2 * len(n) / (len(n) - 1)
    assert found is not None
    assert found.variance == pytest.approx(expected, rel=0.15)
    assert (found.variance or 0.0) >= expected * 0.999999
    assert found.sessions == pytest.approx([n.sum() ** 2 / (n**2).sum() for n in runs])


def test_a_difference_does_not_depend_on_the_order_or_on_what_is_split() -> None:
    """The same cells in another order, and in two halves."""
    cells = sides({"a": ((30, 50), (20, 25)), "b": ((5, 20), (30, 80))})
    shuffled = cells.copy()
    DICE.shuffle(shuffled)

    one, other = difference_of(cells, rate=True), difference_of(shuffled, rate=True)

    assert one is not None
    assert other is not None
    assert one.variance == pytest.approx(other.variance)
    assert one.p == pytest.approx(other.p)


@pytest.mark.parametrize("rate", [True, False])
def test_extremes_prove_nothing(rate: bool) -> None:
    """10 of 10 on both sides, a side of four sessions, a side of none."""
    equal = difference_of(sides({"a": ((10, 10), (10, 10))}), rate=rate)
    assert equal is not None
    assert 1.0 == equal.p
    few = difference_of(sides({"a": ((0, 4), (400, 400))}), rate=rate)
    assert few is not None
    assert (None, 1.0) == (few.interval(), few.p)
    assert None is difference_of(sides({"a": ((1, 4), (0, 0))}), rate=rate)
    assert None is difference_of(sides({"a": ((1, 4), (0, 0)), "b": ((0, 0), (3, 3))}), rate=rate)


def test_an_interval_leaves_out_0_when_its_p_value_is_below_5_percent() -> None:
    """And only then."""
    for after in range(30, 61):
        found = difference_of(sides({"a": ((30, 60), (after, 60))}), rate=True)
        assert found is not None
        low, high = found.interval() or (0.0, 0.0)
        assert (found.p < 0.05) is not (low <= 0 <= high)


def test_people_are_the_clusters_of_a_regression_with_strata() -> None:
    """Least squares of side and strata, clustered by person (Liang and Zeger), by numpy."""
    dice = np.random.default_rng(3)
    who = dice.integers(0, 9, 400)
    side, stratum = dice.integers(0, 2, 400), who * 2 + dice.integers(0, 2, 400)
    value = dice.normal(who * 0.3 + side * (0.5 + who % 3), 1.0)
    design = np.column_stack([side, *(stratum == each for each in range(18))]).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ value
    scores = [design[who == k].T @ (value - design @ fitted)[who == k] for k in range(9)]
    variance = (inverse @ sum(np.outer(each, each) for each in scores) @ inverse)[0, 0] * 9 / 8
    cells = [
        UnitValues(bool(at), int(k), int(s), int(here.sum()), float(value[here].sum()))
        for at in (0, 1)
        for k in range(9)
        for s in (2 * k, 2 * k + 1)
        for here in [(side == at) & (who == k) & (stratum == s)]
    ]

    found = difference_of(cells, rate=False, people=True)

    assert found is not None
    assert found.difference == pytest.approx(fitted[0])
    assert found.variance == pytest.approx(variance)
    assert found.freedom == pytest.approx(8)


# What it promises.


@pytest.mark.parametrize("rate", [True, False])
def test_the_benchmark_looks_as_the_report_does(rate: bool) -> None:
    """Whether there is a verdict, after each session: both ways of computing it agree."""
    dice = np.random.default_rng(8)
    verdicts = 0
    for p, q in ((0.5, 0.9), (0.7, 0.7), (0.3, 0.5)):
        before = looking.rates(p, 4, 0.2)(dice, 25)
        after = looking.rates(q, 4, 0.2)(dice, 60)
        seen = looking.looks(before, after, rate=rate)
        for look in range(2, 60, 7):
            cells = [
                UnitValues(bool(side), (side, k), None, int(n), float(total))
                for side, of_side in enumerate((before, after))
                for k, (n, total) in enumerate(zip(*of_side, strict=True))
                if not side or k < look
            ]
            found = difference_of(cells, rate=rate)
            assert found is not None
            assert seen[look - 1] == (found.p < 0.05), (p, q, look)
            verdicts += bool(seen[look - 1])
    assert verdicts


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rate 70 %, sessions of 5, correlation 0.3", "Poisson, mean 0.5"])
def test_looking_after_every_run_is_seldom_wrong_where_nothing_changed(name: str) -> None:
    """2,000 runs, a look after each session: at most 5 % of histories ever have a verdict."""
    draw, rate = looking.HISTORIES[name]
    after = 400 if "sessions" in name else 2000

    wrong = looking.false_verdicts(draw, 100, after, 400, 1, rate=rate)

    assert wrong <= 0.05


@pytest.mark.slow
def test_a_rate_against_a_limit_is_seldom_wrong_at_any_look() -> None:
    """Sessions of 5 runs with a correlation of 0.3, a look after each of 400: at most 5 %."""
    assert looking.false_levels(200, 5) <= 0.05


@pytest.mark.slow
def test_formats_that_are_equally_good_are_seldom_told_apart() -> None:
    """Four of them, in sessions that go well or badly as a whole: at most 5 % at any look."""
    assert looking.false_choices(60, 5) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("apart", [True, False])
def test_with_people_as_units_a_team_is_seldom_misled(apart: bool) -> None:
    """Where people differ, the session as the unit is often wrong; the person in 5 % at most."""
    by_session, by_person = people.false_verdicts(people.Team(12, apart, 0.7), 60, 1)

    assert by_session > 0.1
    assert by_person <= 0.05


def test_a_rate_far_from_a_limit_is_found() -> None:
    """50 of 100 against 70 %; few sessions prove nothing."""
    assert p_of_rate(100, 50, Squares(100, 50, 50, 100), 0.7) < 0.02
    assert p_of_rate(100, 68, Squares(100, 68, 68, 100), 0.7) > 0.5
    assert 1.0 == p_of_rate(100, 50, Squares(4, 625, 1250, 2500), 0.7)


def test_sessions_summed_up_together_are_the_sessions() -> None:
    """One cell of many, with their squares, says what they say one by one."""
    dice = np.random.default_rng(6)
    both = [looking.rates(p, 4, 0.2)(dice, 30) for p in (0.5, 0.7)]
    alone = [
        UnitValues(bool(at), (at, k), None, int(n), float(total))
        for at, side in enumerate(both)
        for k, (n, total) in enumerate(zip(*side, strict=True))
    ]
    together = [
        UnitValues(
            *(bool(at), None, None, int(side.n.sum()), float(side.total.sum())),
            Squares(30, (side.total**2).sum(), (side.total * side.n).sum(), (side.n**2).sum()),
        )
        for at, side in enumerate(both)
    ]

    one, other = difference_of(alone, rate=True), difference_of(together, rate=True)

    assert one is not None
    assert other is not None
    assert [*one[:4]] == pytest.approx([*other[:4]])
    assert one.sessions == pytest.approx(other.sessions)


_THE_SAME = """
import random
from tachikoma_telemetry.reports.difference import UnitValues, difference_of

draw = random.Random(1)
moved = {f"ses_{number}": draw.random() for number in range(1000)}
cells = [
    UnitValues(after, name, None, 3, total if after else 3 - total)
    for name, total in moved.items()
    for after in (False, True)
]
print(difference_of(cells, rate=False))
"""


def test_each_process_gets_the_same_to_the_last_digit() -> None:
    """Though the order of a set of names is another in each, and sums of floats have an order."""
    said = {
        subprocess.run(
            [sys.executable, "-c", _THE_SAME],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert 1 == len(said)


@pytest.mark.slow
def test_runs_taken_by_themselves_are_often_wrong() -> None:
    """What the unit is for: with 5 runs a session and a correlation of 0.3, 18 % at one look."""
    draw, _ = looking.HISTORIES["rate 70 %, sessions of 5, correlation 0.3"]

    once, often = looking.false_of_runs(draw, 100, 100, 600, 1)

    assert 0.12 < once < 0.25
    assert often > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q"), looking.CHANGES)
def test_a_planted_improvement_is_found_with_twice_the_runs(p: float, q: float) -> None:
    """20 points, in at least 80 % of histories, by a reader who looks all the time."""
    sessions = 2 * looking.runs_of_fixed_size(p, q)

    found = looking.found_changes(looking.rates(p), looking.rates(q), sessions, 300, 2)

    assert found.share >= 0.8
    assert math.isfinite(found.runs)
