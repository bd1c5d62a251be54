"""The section `edits` and the choice of a format."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.sections.edits.rows import BestFormatRow, EditRow

from ..reports_store import NOW, ReportsStore

Chain = list[tuple[str, bool]]


def edits(store: ReportsStore, **filters: Any) -> dict[tuple[str | None, str | None], EditRow]:
    report = reports.build(store.connection, "edits", reports.Filters(**filters), now_ms=NOW)
    return {(row.model, row.format): row for row in report.parts["edits"]}


def best(store: ReportsStore, minimum: int = 5) -> dict[str | None, BestFormatRow]:
    report = reports.build(store.connection, "edits", now_ms=NOW, minimum=minimum)
    return {row.model: row for row in report.parts["best_formats"]}


def attempts(store: ReportsStore, name: str, successes: int, n: int, model: str = "m") -> None:
    for number in range(n):
        session = f"{model}.{name}.{number}"
        store.edit((name, int(number < successes)), model=model, session_id=session)


_chains = st.lists(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), min_size=1, max_size=4),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(_chains)
def test_an_edit_counts_in_the_row_of_its_first_attempt(chains: list[Chain]) -> None:
    """Attempts count in their own format's row; edits in their first attempt's, by their last."""
    store = ReportsStore()
    expected: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for chain in chains:
        store.edit(*((name, int(success)) for name, success in chain))
        for name, success in chain:
            expected[name]["attempts"] += 1
            expected[name]["successes"] += success
        first = expected[chain[0][0]]
        first["edits"] += 1
        first["succeeded"] += chain[-1][1]
        first["at first"] += chain[0][1]
        first["tries"] += len(chain)

    rows = edits(store)

    assert {("glm-4.7", name) for name in expected} == set(rows)
    for name, want in expected.items():
        row = rows["glm-4.7", name]
        assert (want["attempts"], want["successes"]) == (row.attempts, row.successes)
        assert (want["edits"], want["succeeded"]) == (row.edits, row.edits_succeeded)
        if want["edits"]:
            assert want["at first"] / want["edits"] == row.first_try_rate
            assert want["tries"] / want["edits"] == row.attempts_per_edit
        else:
            assert (None, None) == (row.first_try_rate, row.attempts_per_edit)


def test_a_format_that_works_on_the_second_try_is_not_at_half() -> None:
    """One success in two tries of other formats leaves each format its own rate."""
    store = ReportsStore()
    store.edit(("hashline", 0), ("str_replace", 1))

    rows = edits(store)

    assert (0.0, 1, 1) == (
        rows["glm-4.7", "hashline"].success_rate,
        rows["glm-4.7", "hashline"].edits,
        rows["glm-4.7", "hashline"].edits_succeeded,
    )
    assert (1.0, 0) == (
        rows["glm-4.7", "str_replace"].success_rate,
        rows["glm-4.7", "str_replace"].edits,
    )


def test_models_are_compared_without_their_provider() -> None:
    """`glm-4.7` and `zai/glm-4.7` are one model, in one row."""
    store = ReportsStore()
    store.edit(("hashline", 1), model="zai/glm-4.7")
    store.edit(("hashline", 0), model="glm-4.7")

    assert 2 == edits(store)["glm-4.7", "hashline"].attempts


def test_tokens_wasted_are_those_of_failed_attempts() -> None:
    """Null when no failed attempt told its tokens: that is not 0."""
    store = ReportsStore()
    store.edit(("a", 0), ("a", 1), tokens=300)
    store.edit(("b", 0), ("b", 1))
    store.edit(("c", 1), tokens=300)

    rows = edits(store)

    assert [300, None, None] == [rows["glm-4.7", each].tokens_wasted for each in "abc"]


def test_an_attempt_without_a_result_is_in_no_rate() -> None:
    """Neither a success nor a failure, and an edit that ends in one has no end."""
    store = ReportsStore()
    store.edit(("a", 1))
    store.edit(("a", None))

    row = edits(store)["glm-4.7", "a"]

    assert (1, 1, 1.0, 1, 1.0) == (
        row.attempts, row.successes, row.success_rate, row.edits, row.first_try_rate,
    )  # fmt: skip


def test_a_filter_does_not_cut_an_edit_in_two() -> None:
    """An edit that a second model finished has succeeded, also in the first one's report."""
    store = ReportsStore()
    store.edit(("a", 0), model="one")
    (chain,) = store.connection.execute("SELECT edit FROM edit_metrics").fetchone()
    store.connection.execute("UPDATE edit_metrics SET last = 0")
    store.edit(("b", 1), model="two", edit=chain, attempt=2)

    row = edits(store, model="one")["one", "a"]

    assert (1, 0, 1, 1, 2.0) == (
        row.attempts, row.successes, row.edits, row.edits_succeeded, row.attempts_per_edit,
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=4,
    )
)
def test_a_format_is_the_best_when_it_is_ahead_of_every_other_one(
    tallies: list[tuple[int, int]],
) -> None:
    """Of those with enough edits; the highest rate leads, and the next one is the rival."""
    store = ReportsStore()
    for place, (successes, n) in enumerate(tallies):
        attempts(store, f"f{place}", successes, n)
    known = {f"f{at}": (s / n, n) for at, (s, n) in enumerate(tallies) if n >= 5}
    known = dict(sorted(known.items(), key=lambda each: (-each[1][0], -each[1][1], each[0])))

    row = best(store).get("m")

    if not known:
        assert row is None or (None, None, "not enough data") == (
            *(row.format, row.leading, row.evidence),
        )
        return
    assert row is not None
    first, *others = known
    assert (first, others[0] if others else None) == (row.leading, row.rival)
    assert known[first][0] == row.first_try_rate
    pairs = reports.build(store.connection, "edits", now_ms=NOW).parts["format_pairs"]
    assert len(known) * (len(known) - 1) // 2 == len(pairs)
    ahead = {(pair.format, pair.other) for pair in pairs if pair.verdict == "ahead"}
    assert row.clear is (all((first, other) in ahead for other in others) if others else None)
    assert (first if row.clear or not others else None) == row.format
    assert {other for _, other in ahead} == set(row.behind)


def test_the_evidence_is_a_sentence() -> None:
    """It says the tallies, and names no format as the best while there is no clear difference."""
    store = ReportsStore()
    attempts(store, "hashline", 43, 46, "clear")
    attempts(store, "str_replace", 21, 46, "clear")
    attempts(store, "whole", 2, 2, "clear")
    attempts(store, "hashline", 14, 15, "close")
    attempts(store, "whole", 40, 47, "close")
    attempts(store, "hashline", 5, 6, "alone")
    attempts(store, "hashline", 4, 4, "new")
    for number in range(30):
        store.edit(("a", 1), model="one session")
        store.edit(("b", number % 2), model="one session")

    rows = best(store)

    assert (
        "hashline 93 % of 46 at the first try, ahead of str_replace 46 % of 46"
        == rows["clear"].evidence
    )
    assert ("hashline", True) == (rows["clear"].format, rows["clear"].clear)
    assert (
        "no clear difference yet: hashline 93 % of 15, whole 85 % of 47; about 1,100 more edits "
        "with both would decide" == rows["close"].evidence
    )
    assert (None, "hashline", "whole", False) == (
        *(rows["close"].format, rows["close"].leading, rows["close"].rival, rows["close"].clear),
    )
    assert (
        "hashline 83 % of 6 at the first try; no other format began 5 edits"
        == rows["alone"].evidence
    )
    assert (None, 4, None, "not enough data") == (
        rows["new"].format, rows["new"].attempts, rows["new"].success_rate, rows["new"].evidence,
    )  # fmt: skip
    assert (
        "no clear difference yet: a 100 % of 30, b 50 % of 30; it takes edits in 5 sessions with "
        "each" == rows["one session"].evidence
    )


def test_formats_as_good_as_each_other_are_said_to_be() -> None:
    """With many edits; and the one that is behind them is named."""
    store = ReportsStore()
    attempts(store, "a", 1810, 2000)
    attempts(store, "b", 1800, 2000)
    attempts(store, "c", 100, 200)

    row = best(store)["m"]

    assert (None, False, ["c"]) == (row.format, row.clear, row.behind)
    assert (
        "no difference beyond 10 points: a 90 % of 2,000, b 90 % of 2,000; behind: c 50 % of 200"
        == row.evidence
    )


def test_edits_of_one_session_are_not_taken_as_independent() -> None:
    """200 edits in ten sessions, each of which goes well or badly as a whole, prove nothing."""
    store = ReportsStore()
    for session in range(10):
        for number in range(20):
            for name, good in (("a", session < 7), ("b", session > 5)):
                sometimes = int(good) if number < 18 else 1
                store.edit((name, sometimes), session_id=f"{name}{session}")

    row = best(store)["glm-4.7"]

    assert ("a", False) == (row.leading, row.clear)


@pytest.mark.slow
def test_attempts_of_one_edit_are_not_taken_as_independent() -> None:
    """Two equal formats are called different in at most 5 % of histories; simulated, seeded.

    Every second edit is hard: each attempt fails in three of four. `a` is tried again up to five
    times, `b` once and then given over to `a`, so attempts say more of the edits than of a format.
    """
    dice = random.Random(7)
    different = 0
    for _ in range(120):
        store = ReportsStore()
        store.connection.execute("BEGIN")
        for _ in range(60):
            begun, fails = dice.choice("ab"), dice.choice((0.75, 0.05))
            chain: list[tuple[str | None, int | None]] = []
            for number in range(6):
                name = begun if begun == "a" or number < 1 else "a"
                chain.append((name, int(dice.random() >= fails)))
                if chain[-1][1]:
                    break
            store.edit(*chain)
        compared = reports.build(
            store.connection,
            "compare",
            options=[reports.Comparison("format", "a", "b")],
            now_ms=NOW,
        ).parts["compare"]
        different += best(store)["glm-4.7"].clear is True or any(
            row.verdict in ("better", "worse") for row in compared if row.metric == "edit_first_try"
        )

    assert different <= 0.05 * 120


def test_a_format_that_is_left_the_hard_edits_is_not_the_worse_one_for_that() -> None:
    """What is tried after another format failed says nothing of how the two compare."""
    store = ReportsStore()
    for number in range(40):
        store.edit(("a", int(number % 2)), *([] if number % 2 else [("b", 0), ("b", 0), ("b", 1)]))
        store.edit(("b", int(number % 2)))

    (row,) = best(store).values()
    assert ("a", "b", 20, 20) == (row.leading, row.rival, row.first_tries, row.rival_first_tries)
    assert row.clear is False


def test_best_format_for_a_program(tmp_path: Path) -> None:
    """The format by the model's name with or without provider; None without data or store."""
    path = tmp_path / "unified.db"
    assert reports.best_format("glm-4.7", store=path) is None
    store = ReportsStore(path).marked()
    attempts(store, "hashline", 6, 7, "zai/glm-4.7")

    assert "hashline" == reports.best_format("glm-4.7", store=path)
    assert "hashline" == reports.best_format("other/glm-4.7", store=str(path))
    assert reports.best_format("glm-4.7", store=path, minimum=8) is None
    assert reports.best_format("gpt-5", store=path) is None
