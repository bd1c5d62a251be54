"""The section `compare`: whether a change helped, and how sure that is."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import Filters
from tachikoma_telemetry.reports.rate_intervals import newcombe, wilson, wilson_corrected
from tachikoma_telemetry.reports.sections.compare import intervals, permutation
from tachikoma_telemetry.reports.sections.compare.rows import CompareRow
from tachikoma_telemetry.reports.sections.compare.verdicts import compare_rows
from tachikoma_telemetry.reports.selection.views import prepare

from ..reports_store import DAY, HOUR, NOW, ReportsStore


def compare(
    store: ReportsStore, comparison: reports.Comparison | None = None, **filters: Any
) -> dict[tuple[str | None, str], CompareRow]:
    report = reports.build(
        store.connection,
        "compare",
        reports.Filters(**filters),
        options=[comparison or reports.Comparison()],
        now_ms=NOW,
    )
    return {(row.skill, row.metric): row for row in report.parts["compare"]}


Record = tuple[str | None, str, str, float, int]


def tally(metric: str, side: str, values: Iterable[float]) -> list[Record]:
    """What compare.sql would say of these values."""
    return [(None, metric, side, value, n) for value, n in sorted(Counter(values).items())]


def verdict_of(metric: str, before: Iterable[float], after: Iterable[float]) -> CompareRow:
    records = [*tally(metric, "before", before), *tally(metric, "after", after)]
    (row,) = compare_rows(records, {(None, "before"): "a", (None, "after"): "b"}, None)
    return row


def repeated(
    repetitions: int, metric: str, n: int, draw: Any, change: Any, *, m: int | None = None
) -> list[str]:
    """The verdicts of as many comparisons, with n runs on each side or m after."""
    return [
        verdict_of(
            metric,
            [draw() for _ in range(n)],
            [change() for _ in range(m or n)],
        ).verdict
        for _ in range(repetitions)
    ]


# What is computed.


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.floats(1, 1e5), st.floats(0.6, 0.9999))
def test_the_t_quantile_is_scipy_s(freedom: float, p: float) -> None:
    """For any degrees of freedom that Welch's formula gives."""
    assert math.isclose(stats.t.ppf(p, freedom), intervals.t_quantile(freedom, p), rel_tol=1e-7)


_numbers = st.lists(st.floats(0, 1e6), min_size=2, max_size=40)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(_numbers, _numbers)
def test_welch_s_interval_is_scipy_s(before: list[float], after: list[float]) -> None:
    """Of the difference of two means."""
    # scipy warns, and pytest raises, where values are equal but for rounding.
    if any(max(side) - min(side) < 1e-6 for side in (before, after)):
        return
    expected = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)

    _, *bounds = intervals.welch(*(
        (len(side), float(np.mean(side)), float(np.var(side, ddof=1)))
        for side in (before, after)
    ))  # fmt: skip

    wide = expected.high - expected.low
    assert (expected.low, expected.high) == pytest.approx(bounds, rel=1e-6, abs=1e-6 * wide)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=4, max_size=11).filter(lambda each: len(set(each)) > 1),
    st.data(),
)
def test_limits_of_a_sum_are_those_of_all_permutations(values: list[int], data: Any) -> None:
    """Each way to draw is tried: at most 2 % go beyond a limit, and more than 2 % reach it."""
    drawn = data.draw(st.integers(1, len(values) - 1))
    sums = [sum(each) for each in combinations(values, drawn)]

    low, high = permutation.critical_sums({float(k): n for k, n in Counter(values).items()}, drawn)

    assert sum(each > high for each in sums) <= 0.02 * len(sums) < sum(s >= high for s in sums)
    assert sum(each < low for each in sums) <= 0.02 * len(sums) < sum(s <= low for s in sums)


@pytest.mark.parametrize("kind", ["normal", "skewed", "lumps", "counts"])
@pytest.mark.parametrize(("many", "drawn"), [(30, 12), (105, 5), (90, 40)])
def test_limits_that_are_not_counted_are_close_to_those_drawn(
    kind: str, many: int, drawn: int
) -> None:
    """The saddlepoint method, held against 10,000 permutations of numpy's, seeded."""
    dice = np.random.default_rng(many)
    kinds: dict[str, Callable[[], Any]] = {
        "normal": lambda: dice.normal(0, 1, many),
        "skewed": lambda: dice.exponential(1, many),
        "lumps": lambda: dice.normal(0, 0.2, many) + 4 * (np.arange(many) % 10 == 0),
        "counts": lambda: np.log1p(dice.poisson(5, many)),
    }
    values = kinds[kind]()
    sums = np.concatenate([
        values[np.argsort(dice.random((2000, many)), axis=1)[:, :drawn]].sum(axis=1)
        for _ in range(5)
    ])  # fmt: skip

    low, high = permutation.critical_sums(Counter(values.tolist()), drawn)

    for beyond in ((sums > high + 1e-9).mean(), (sums < low - 1e-9).mean()):
        assert beyond < 0.025
        assert beyond > 0.014 or kind == "lumps"


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1, 3, 50, 100_000]),
    st.integers(5, 60),
    st.integers(5, 60),
    st.randoms(use_true_random=False),
)
def test_a_ratio_s_interval_leaves_out_no_change_when_there_is_a_verdict(
    most: int, n: int, m: int, dice: random.Random
) -> None:
    """And only then; it holds the ratio that was seen."""
    factor = dice.choice((1, 1, 2, 5))
    before = [dice.randrange(most + 1) for _ in range(n)]
    after = [factor * dice.randrange(most + 1) for _ in range(m)]
    if not any(before) and not any(after):
        return
    row = verdict_of("retries", before, after)

    assert row.difference is not None
    low = 0.0 if row.low is None else row.low
    high = math.inf if row.high is None else row.high
    assert low * 0.999999 <= row.difference <= high * 1.000001
    assert row.verdict == ("better" if high < 1 else "worse" if low > 1 else "no evidence yet")


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_intervals_of_a_rate_are_scipy_s(rate: tuple[int, int]) -> None:
    """Wilson's, without and with continuity correction."""
    for method, interval in (
        ("wilson", wilson),
        ("wilsoncc", wilson_corrected),
    ):
        expected = stats.binomtest(*rate).proportion_ci(0.95, method)
        assert interval(*rate) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table II, method 10; a − b there is b − a.
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_s_interval_is_newcombe_s(
    before: tuple[int, int], after: tuple[int, int], low: float, high: float
) -> None:
    """The examples of the paper, to its four digits."""
    assert (low, high) == pytest.approx(newcombe(before, after), abs=6e-5)


# What a verdict promises.


def test_equal_rates_are_seldom_called_different() -> None:
    """At most once in 20, for every n and rate: counted over all outcomes, not simulated."""
    for n, m in ((5, 5), (8, 8), (10, 40), (20, 20), (23, 31), (50, 50), (100, 20)):
        different = [
            (a, b)
            for a in range(n + 1)
            for b in range(m + 1)
            if verdict_of_counts(a, n, b, m) != "no evidence yet"
        ]
        for percent in range(5, 100, 5):
            rate = percent / 100
            before = stats.binom.pmf(range(n + 1), n, rate)
            after = stats.binom.pmf(range(m + 1), m, rate)
            wrong = sum(before[a] * after[b] for a, b in different)
            assert wrong <= 0.05, (n, m, rate, wrong)


def verdict_of_counts(a: int, n: int, b: int, m: int) -> str:
    return verdict_of("success", [1] * a + [0] * (n - a), [1] * b + [0] * (m - b)).verdict


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("points", [0.2, 0.1])
def test_a_planted_improvement_is_found_with_the_promised_n(rate: float, points: float) -> None:
    """In at least 80 % of comparisons with that many runs on each side; simulated, seeded."""
    dice = random.Random(f"{rate}{points}")
    n = intervals.runs_for_rate(rate, points)
    found = 0
    for _ in range(600):
        a = sum(dice.random() < rate for _ in range(n))
        b = sum(dice.random() < rate + points for _ in range(n))
        found += verdict_of_counts(a, n, b, n) == "better"

    assert found >= 0.8 * 600 - 3 * math.sqrt(600 * 0.8 * 0.2)  # three standard errors
    # and without the dice: over all outcomes
    better = 0.0
    after = stats.binom.pmf(range(n + 1), n, rate + points)
    before = stats.binom.pmf(range(n + 1), n, rate)
    for a in range(n + 1):
        first = next((b for b in range(a, n + 1) if _leaves_out_0(a, b, n)), None)
        better += 0 if first is None else before[a] * after[first:].sum()
    assert better >= 0.8


def _leaves_out_0(a: int, b: int, n: int) -> bool:
    return newcombe((a, n), (b, n), corrected=True)[0] > 0


@pytest.mark.slow
def test_a_shorter_duration_is_found_with_the_promised_n() -> None:
    """A tenth less time, in 80 %; no change, in at most 5 %."""
    dice = random.Random(5)
    spread = 0.25
    n = intervals.runs_for_ratio(spread**2, 1.1)

    def draw(ratio: float = 1.0) -> float:
        return max(0.0, 10_000 * ratio * math.exp(dice.gauss(0, spread)) - 1)

    found = repeated(100, "duration", n, draw, lambda: draw(1 / 1.1))
    same = repeated(200, "duration", n, draw, draw)

    assert found.count("better") >= 0.8 * 100 - 3 * math.sqrt(100 * 0.8 * 0.2)
    assert 200 - same.count("no evidence yet") <= 10 + 3 * math.sqrt(200 * 0.05 * 0.95)


@pytest.mark.parametrize(
    ("values", "weights", "n", "m"),
    [
        ((0, 1), (90, 10), 100, 5),  # a small side is often all 0
        ((0, 1), (70, 30), 42, 7),
        ((1, 2, 3), (80, 15, 5), 100, 5),
        ((1, 2, 3), (80, 15, 5), 8, 8),
        ((1, 2, 3), (7, 2, 1), 20, 20),
        ((1, 2, 3), (15, 15, 70), 5, 100),
        ((1, 10), (98, 2), 60, 6),
        ((2_000, 2_100, 2_200, 120_000), (30, 30, 30, 10), 100, 5),  # some time out
    ],
)
def test_equal_counts_and_durations_are_seldom_called_different(
    values: tuple[int, ...], weights: tuple[int, ...], n: int, m: int
) -> None:
    """In at most 5 % of comparisons, a small side after a large one as well; simulated, seeded."""
    dice = random.Random(6)

    def draw() -> float:
        return dice.choices(values, weights)[0]

    same = repeated(150, "iterations", n, draw, draw, m=m)

    assert 150 - same.count("no evidence yet") <= 0.05 * 150 + 3 * math.sqrt(150 * 0.05 * 0.95)


def test_what_is_always_the_same_has_no_verdict() -> None:
    """One iteration in every run, before and after: no change, whatever rounding says."""
    for value in (1, 3, 0.1 + 0.2, 12_345.678):
        row = verdict_of("iterations", [value] * 7, [value] * 31)
        assert (value, value, 1.0, None, None, "no evidence yet") == (
            row.before, row.after, row.difference, row.low, row.high, row.verdict,
        )  # fmt: skip
    # Nor when values differ by the rounding of a sum.
    row = verdict_of("duration", [0.1 + 0.2] * 9, [0.3] * 9)
    assert (1.0, "no evidence yet") == (row.difference, row.verdict)


def test_a_constant_side_does_not_hide_a_real_change() -> None:
    """Three iterations in every run, then one in every run."""
    row = verdict_of("iterations", [3] * 8, [1] * 8)

    assert row.difference == pytest.approx(0.5)
    assert "better" == row.verdict


def test_two_runs_prove_nothing() -> None:
    """Less than 5 on a side is no evidence, however they went."""
    assert "no evidence yet" == verdict_of_counts(0, 4, 40, 40)
    assert "better" == verdict_of_counts(0, 5, 40, 40)
    assert "worse" == verdict_of_counts(40, 40, 0, 5)


# What is compared.


def versions(store: ReportsStore, skill: str = "code-agent") -> None:
    """Two versions, each loaded in a session of its own, 40 runs each; the second is better."""
    for place, (version, good) in enumerate((("aaaa" * 16, 10), ("bbbb" * 16, 38))):
        session, at = f"{skill}{place}", NOW - (2 - place) * DAY
        store.load(skill, session_id=session, started=at, skill_version=version, window_ms=5)
        for number in range(40):
            store.run(
                skill,
                "succeeded" if number < good else "failed",
                session_id=session,
                started=at + number + 1,
                run_ms=1000.0 + number if place else 5000.0 + number,
                iterations=2,
                retries=0,
            )


def test_the_two_newest_versions_of_a_skill_are_compared() -> None:
    """A run is of the version loaded before it in its session."""
    store = ReportsStore()
    store.load(session_id="old", started=NOW - 9 * DAY, skill_version="cc" * 32)
    versions(store)
    # A run that began in another session after the newest version was out is of that.
    store.run(session_id=None, started=NOW - HOUR, run_ms=1000.0)

    rows = compare(store, skill="code-agent")

    row = rows["code-agent", "success"]
    assert ("aaaaaaaaaaaa", "bbbbbbbbbbbb") == (row.side_before, row.side_after)
    assert (40, 41, 0.25, "better") == (row.n_before, row.n_after, row.before, row.verdict)
    assert row.difference == pytest.approx(39 / 41 - 0.25)
    assert (None, None) == (row.runs_needed, row.runs_each)
    duration = rows["code-agent", "duration"]
    assert ("better", "ratio") == (duration.verdict, duration.measure)
    assert duration.difference is not None
    assert 0.19 < duration.difference < 0.22
    assert "no evidence yet" == rows["code-agent", "iterations"].verdict
    assert ("code-agent", "retries") not in rows


def test_without_a_skill_each_skill_with_two_versions_is_compared() -> None:
    """One question for all: did the newest version help?"""
    store = ReportsStore()
    versions(store)
    versions(store, "verifier")
    store.load("lonely", skill_version="dd" * 32)

    assert {"code-agent", "verifier"} == {skill for skill, _ in compare(store)}


def test_versions_are_named_by_how_they_begin() -> None:
    """Unknown and ambiguous ones are told with those there are."""
    store = ReportsStore()
    versions(store)

    named = compare(store, reports.Comparison(before="bbbb", after="aaaa"), skill="code-agent")
    assert "worse" == named["code-agent", "success"].verdict
    with pytest.raises(reports.ComparisonError, match="no version begins with 'e'; those of"):
        compare(store, reports.Comparison(before="e"), skill="code-agent")
    with pytest.raises(reports.ComparisonError, match="more than one"):
        compare(store, reports.Comparison(after=""), skill="code-agent")
    with pytest.raises(reports.ComparisonError, match="same version"):
        compare(store, reports.Comparison(before="b", after="b"), skill="code-agent")
    with pytest.raises(reports.ComparisonError, match="--skill"):
        compare(store, reports.Comparison(before="b"))


def test_a_skill_of_one_version_says_how_many_runs_are_needed() -> None:
    """Nothing before: no difference, no verdict."""
    store = ReportsStore()
    store.load(skill_version="a")
    store.run(started=NOW - HOUR)

    row = compare(store, skill="code-agent")["code-agent", "success"]

    assert (None, 1.0, 0, 1) == (row.before, row.after, row.n_before, row.n_after)
    assert (None, None, "no evidence yet") == (row.difference, row.low, row.verdict)
    assert row.runs_each is not None
    assert 2 * row.runs_each - 1 == row.runs_needed


def test_periods_models_and_formats_are_compared() -> None:
    """By time, by a model with or without provider, by an edit format."""
    store = ReportsStore()
    versions(store)
    for number in range(30):
        store.edit(("hashline", 1), model="zai/glm-4.7", time=NOW - HOUR + number, tokens=5)
        store.edit(("whole", number % 3 // 2), model="openai/gpt-5", time=NOW - HOUR, tokens=50)

    period = compare(store, reports.Comparison("period", after=(NOW - DAY, None)))
    model = compare(store, reports.Comparison("model", "openai/gpt-5", "glm-4.7"))
    formats = compare(store, reports.Comparison("format", "whole", "hashline"))

    assert "better" == period[None, "success"].verdict
    assert 30 == model[None, "edit_success"].n_before
    assert ("better", "gpt-5") == (
        model[None, "edit_success"].verdict, model[None, "edit_success"].side_before,
    )  # fmt: skip
    assert {(None, "edit_success"), (None, "edit_first_try"), (None, "edit_tokens")} == set(formats)
    assert "better" == formats[None, "edit_tokens"].verdict


def test_a_period_before_is_as_long_as_the_one_after() -> None:
    """And sides that overlap are refused, as is a model that was never seen."""
    store = ReportsStore()
    for at in (NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY):
        store.run(started=at)

    rows = compare(store, reports.Comparison("period", after=(NOW - DAY, NOW)))
    assert (1, 1) == (rows[None, "success"].n_before, rows[None, "success"].n_after)
    for wrong in (
        reports.Comparison("period"),
        reports.Comparison("period", before=(None, NOW), after=(NOW - DAY, None)),
        reports.Comparison("period", after=(None, NOW)),
        reports.Comparison("model", "gpt-5", "x/gpt-5"),
        reports.Comparison("model", "gpt-5", "nope"),
        reports.Comparison("format", "whole"),
    ):
        with pytest.raises(reports.ComparisonError):
            compare(store, wrong)


def rolled_back(store: ReportsStore, skill: str = "code-agent", project: str = "p") -> None:
    """Version a, b, and a again, each loaded in a session of its own with 10 runs after it."""
    for place, version in enumerate(("aaaa" * 16, "bbbb" * 16, "aaaa" * 16)):
        session, at = f"{project}{place}", NOW - (3 - place) * DAY
        store.session(session, project_id=project, directory=f"/srv/{project}", created=at)
        store.load(skill, session_id=session, started=at, skill_version=version)
        for number in range(10):
            store.run(
                skill, session_id=session, started=at + number + 1, run_ms=10.0 ** (place + 1)
            )


def test_a_version_that_came_back_is_a_span_of_its_own() -> None:
    """After a rollback the newest version is the old one; its first use is no part of it."""
    store = ReportsStore()
    rolled_back(store)

    row = compare(store, skill="code-agent")["code-agent", "duration"]
    assert ("bbbbbbbbbbbb", "aaaaaaaaaaaa") == (row.side_before, row.side_after)
    assert (10, 10) == (row.n_before, row.n_after)
    assert [row.before, row.after] == pytest.approx([100, 1000])

    named = reports.Comparison(before="a", after="b")
    row = compare(store, named, skill="code-agent")["code-agent", "duration"]
    assert (10, 10) == (row.n_before, row.n_after)
    assert [row.before, row.after] == pytest.approx([10, 100])
    rows = reports.build(store.connection, "skills", now_ms=NOW).parts["skills"]
    assert [2] == [row.versions for row in rows]


def test_projects_change_versions_each_at_its_own_time() -> None:
    """Two projects that use the versions in turn don't cut each other's spans."""
    store = ReportsStore()
    for place, project in enumerate("pqpq"):
        session, at = f"{project}{place}", NOW - (4 - place) * DAY
        version = ("aaaa" if place < 3 else "bbbb") * 16
        store.session(session, project_id=project, directory=f"/srv/{project}", created=at)
        store.load(session_id=session, started=at, skill_version=version)
        store.run(session_id=session, started=at + 1, run_ms=1.0)

    row = compare(store, skill="code-agent")["code-agent", "duration"]

    assert (3, 1) == (row.n_before, row.n_after)


def test_a_subagent_s_run_is_of_its_parent_s_version() -> None:
    """Not of what another session loaded last, and never of what another project did."""
    store = ReportsStore()
    store.session("parent", project_id="p", directory="/srv/p")
    store.session("child", project_id="p", directory="/srv/p", parent_id="parent")
    store.session("grandchild", project_id="p", directory="/srv/p", parent_id="child")
    store.session("other", project_id="p", directory="/srv/p")
    store.session("alone", project_id="p", directory="/srv/p")
    store.session("elsewhere", project_id="q", directory="/srv/q")
    store.session("new", project_id="n", directory="/srv/n")
    at = NOW - DAY
    for place, session in enumerate(("parent", "other", "elsewhere")):
        version = f"{session:x<12}" * 4
        store.load(session_id=session, started=at + place, skill_version=version)
    for session in ("child", "grandchild", "other", "alone", "new"):
        store.run(session_id=session, started=at + 10, run_id=session)
    for root in ("/srv/q", "/srv/p", "/srv/nowhere"):
        run = store.run(session_id=None, started=at + 10, run_id=root)
        store.event(run_id=run, project=root)

    prepare(store.connection, Filters(), now_ms=NOW, minimum=5)

    assert {
        "child": "parent", "grandchild": "parent", "other": "other", "alone": "other", "new": None,
        "/srv/q": "elsewhere", "/srv/p": "other", "/srv/nowhere": None,
    } == {
        run: version and version.partition("x")[0]
        for run, version in store.connection.execute(
            "SELECT run_id, skill_version FROM run_versions"
        )
    }  # fmt: skip
