"""The statistics of every section, held against scipy and numpy on random data.

All that asks scipy is here: one process of several then takes its second and a half to import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import numpy as np
import pytest
import scipy  # imports scipy.stats when it is first asked
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.confidence_sequence import normal_of, student_of
from tachikoma_telemetry.reports.rate_intervals import wilson
from tachikoma_telemetry.reports.sections.patterns.sequences import beyond_chance

from ..random_history import filled, seeds
from ..reports_store import HOUR, NOW, ReportsStore

_SEEDS = seeds(fast=4, all=12)


def built(store: ReportsStore, section: str | None = None, *options: object) -> Any:
    return reports.build(store.connection, section, options=options, now_ms=NOW)


def of_rows(store: ReportsStore, query: str, *values: Any) -> list[float]:
    return [value for (value,) in store.connection.execute(query, values)]


# What each section's rate is of: its rows, the rate's name, successes and n of a row.
_Tally = Callable[[Any], tuple[int, int]]
_RATES: dict[str, tuple[str, str, _Tally]] = {
    "skills": (
        "success_rate",
        "success",
        lambda r: (r.succeeded or 0, sum((r.succeeded or 0, r.failed or 0, r.escalations or 0))),
    ),
    "iterations": ("pass_rate", "pass", lambda r: (r.passed, r.verdicts)),
    "edits": ("success_rate", "success", lambda r: (r.successes, r.attempts)),
    "rlm": ("success_rate", "success", lambda r: (r.succeeded, r.succeeded + r.failed)),
    "intents": ("accuracy", "accuracy", lambda r: (r.correct, r.labelled)),
    "calibration": ("accuracy", "accuracy", lambda r: (round(r.accuracy * r.n), r.n)),
    "tools": ("success_rate", "success", lambda r: (r.succeeded, r.succeeded + r.failed)),
    "trend": ("success_rate", "success", lambda r: (r.succeeded or 0, r.finished)),
}


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_rate_is_scipy_s(rate: tuple[int, int]) -> None:
    """Wilson's, computed in Python for what is compared."""
    expected = scipy.stats.binomtest(*rate).proportion_ci(0.95, "wilson")
    assert wilson(*rate) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize("freedom", [4, 8, 20, 300])
@pytest.mark.parametrize("t", [1.0, 2.5, 4.0, 6.0])
def test_a_t_is_turned_into_the_normal_deviate_of_the_same_chance(t: float, freedom: int) -> None:
    """Within 2 % of scipy's, and back."""
    exact = scipy.stats.norm.isf(scipy.stats.t.sf(t, freedom))

    assert normal_of(t, freedom) == pytest.approx(exact, rel=0.02)
    assert student_of(normal_of(t, freedom), freedom) == pytest.approx(t)


@pytest.mark.parametrize("seed", _SEEDS)
def test_every_interval_of_a_rate_is_scipy_s(seed: int) -> None:
    """Wilson's, computed in SQL, in each section; rate and bounds are unknown at n = 0."""
    report = built(filled(seed))
    rows = [(key, row) for key in _RATES for row in report.parts[key]] + [("tools", report.totals)]
    for key, row in rows:
        rate, prefix, tally = _RATES[key]
        successes, n = tally(row)
        found = (getattr(row, rate), getattr(row, f"{prefix}_low"), getattr(row, f"{prefix}_high"))
        if n == 0:
            assert (None, None, None) == found
            continue
        expected = scipy.stats.binomtest(successes, n).proportion_ci(0.95, "wilson")
        assert (successes / n, expected.low, expected.high) == pytest.approx(found, abs=1e-12), key


@pytest.mark.parametrize("seed", _SEEDS)
def test_every_interval_of_a_pattern_is_scipy_s(seed: int) -> None:
    """The usual one of 95 %."""
    random = Random(seed)
    store = ReportsStore()
    for number in range(400):
        tool = random.choice(("grep", "write", "read"))
        fails = random.random() < (0.6 if number % 3 == 0 and tool == "write" else 0.1)
        store.call(
            tool,
            "failed" if fails else "succeeded",
            session_id=f"s{number // 3}",
            started=NOW - HOUR + number,
        )
    rows = built(store, "patterns").parts["patterns"]
    assert rows
    for row in rows:
        test = scipy.stats.binomtest(row.failed, row.calls)
        expected = test.proportion_ci(0.95, "wilson")
        assert (expected.low, expected.high) == pytest.approx((row.failure_low, row.failure_high))


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 40), st.integers(1, 200), st.data())
def test_a_sequence_s_chance_is_fisher_s(calls: int, others: int, data: Any) -> None:
    """One sequence of one session is shown when scipy's exact one-sided test is below 5 %."""
    failed = data.draw(st.integers(3, calls))
    others_failed = data.draw(st.integers(0, others))
    many, failures = calls + others, failed + others_failed
    tally = {
        "tool": "edit", "before": "bash!", "before_last": None, "calls": calls, "failed": failed,
        "all_calls": many, "all_failed": failures, "usual_calls": many, "usual_failed": failures,
        "usual_rate": failures / many, "spread": 0.0,
    }  # fmt: skip
    table = [[failed, calls - failed], [others_failed, others - others_failed]]
    expected = scipy.stats.fisher_exact(table, alternative="greater").pvalue

    if abs(expected - 0.05) > 1e-9:
        assert bool(expected < 0.05) is bool(beyond_chance([tally]))


def percentile(values: Iterable[float], p: int) -> float | None:
    """Nearest rank: numpy calls it the inverted empirical distribution."""
    known = [value for value in values if value is not None]
    return np.percentile(known, p, method="inverted_cdf") if known else None


@pytest.mark.parametrize("seed", _SEEDS)
def test_every_percentile_is_numpy_s(seed: int) -> None:
    """Of tools, models, chunks, skills and periods."""
    store = filled(seed)
    report = built(store)
    for row in report.parts["tools"]:
        ended = "('succeeded', 'failed', 'timed_out', 'invalid')"
        values = of_rows(
            store,
            f"SELECT duration_ms FROM calls WHERE tool IS ? AND outcome IN {ended}",
            row.tool,
        )
        assert percentile(values, 50) == row.duration_p50_ms
        assert percentile(values, 95) == row.duration_p95_ms
    for row in report.parts["models"]:
        values = of_rows(
            store, "SELECT completed - created FROM messages WHERE model IS ?", row.model
        )
        assert percentile(values, 50) == row.duration_p50_ms
        assert percentile(values, 95) == row.duration_p95_ms
    for row in report.parts["rlm"]:
        values = of_rows(
            store,
            "SELECT duration_ms FROM rlm_metrics WHERE skill IS ? AND mode IS ?",
            row.skill,
            row.mode,
        )
        assert percentile(values, 50) == row.duration_p50_ms
        assert percentile(values, 95) == row.duration_p95_ms
    for row in report.parts["skills"]:
        for measure, kind in (("run", "run"), ("window", "load")):
            values = of_rows(
                store,
                f"SELECT {measure}_ms FROM skill_metrics WHERE kind = '{kind}' AND skill IS ?",
                row.skill,
            )
            for p in (50, 95):
                assert percentile(values, p) == getattr(row, f"{measure}_p{p}_ms")
    for row in report.parts["trend"]:
        values = of_rows(
            store,
            "SELECT run_ms FROM skill_metrics WHERE kind = 'run' AND skill IS ? "
            "AND started >= ? AND started < ?",
            row.skill,
            row.started,
            row.ended,
        )
        assert percentile(values, 50) == row.duration_p50_ms


@pytest.mark.parametrize("seed", _SEEDS)
def test_failures_by_size_are_scipy_s_and_numpy_s(seed: int) -> None:
    """Rate, interval and median of the chunks in each range of sizes."""
    store = filled(seed)
    rows = built(store, "rlm").parts["chunk_sizes"]
    sized = of_rows(store, "SELECT count(*) FROM rlm_metrics WHERE size IS NOT NULL")
    assert sized == [sum(row.chunks for row in rows)]
    for row in rows:
        inside = (row.unit, row.size_low, row.size_high or 10**12)
        chunks = "FROM rlm_metrics WHERE unit IS ? AND size >= ? AND size < ?"
        ends = of_rows(store, f"SELECT success {chunks} AND success IS NOT NULL", *inside)
        took = of_rows(store, f"SELECT duration_ms {chunks}", *inside)
        assert percentile(took, 50) == row.duration_p50_ms
        found = (row.failure_rate, row.failure_low, row.failure_high)
        if not ends:
            assert (None, None, None) == found
            continue
        expected = scipy.stats.binomtest(ends.count(0), len(ends)).proportion_ci(0.95, "wilson")
        rate = ends.count(0) / len(ends)
        assert (rate, expected.low, expected.high) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("seed", _SEEDS)
def test_speed_up_is_summed_time_over_the_time_in_which_chunks_ran(seed: int) -> None:
    """Counted millisecond by millisecond: of a wave and of other chunks it is the union."""
    store = filled(seed)
    for row in built(store, "rlm").parts["rlm"]:
        busy: dict[Any, set[int]] = {}
        total = 0.0
        for event, run, wave, time, took in store.connection.execute(
            "SELECT event_id, run_id, wave, time, duration_ms FROM rlm_metrics "
            "WHERE skill IS ? AND mode IS ? AND duration_ms IS NOT NULL",
            (row.skill, row.mode),
        ):
            total += took
            busy.setdefault((run or event, wave), set()).update(range(int(time - took), time))
        wall = sum(map(len, busy.values()))
        assert (wall or None) == row.wall_ms
        assert (total / wall if wall else None) == pytest.approx(row.speedup)
