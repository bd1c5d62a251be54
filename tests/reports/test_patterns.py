"""The section `patterns`: what precedes a failure, what follows what, which errors recur."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from math import comb
from typing import Any

import numpy as np
import pytest

from benchmarks.patterns import SESSIONS, rows_by_chance
from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.sections.patterns.sequences import CallSequence

from ..reports_store import DAY, NOW, ReportsStore


def patterns(store: ReportsStore, **filters: Any) -> dict[str, list[Any]]:
    chosen = reports.Filters(**filters)
    return reports.build(store.connection, "patterns", chosen, now_ms=NOW).parts


def session(store: ReportsStore, number: int, *calls: tuple[str, str]) -> None:
    for at, (tool, outcome) in enumerate(calls):
        store.call(tool, outcome, session_id=f"s{number}", started=NOW - DAY + number * 100 + at)


FINE = (("read", "succeeded"), ("edit", "succeeded"))


def test_what_fails_more_often_after_something_is_told() -> None:
    """An edit fails after a failed edit, and not after a read in the same session."""
    store = ReportsStore()
    for number in range(100):
        session(store, number, *FINE)
    for number in range(100, 130):
        second = "timed_out" if number % 5 else "succeeded"
        session(store, number, ("edit", "failed"), ("edit", second), *FINE * 3)

    rows = patterns(store)["patterns"]

    (again,) = [row for row in rows if row.before == "edit!" and row.before_last is None]
    assert ("edit", 30, 24, 0.8, 24) == (
        again.tool, again.calls, again.failed, again.failure_rate, again.sessions,
    )  # fmt: skip
    assert again.usual_rate == (30 + 24) / (100 + 30 * 5)
    # The first call of these sessions failed too, and that began a session.
    assert ("(start)", 30) == (rows[0].before, rows[0].failed)
    assert not [row for row in rows if row.before == "read"]


def test_a_session_in_which_all_fails_is_no_pattern() -> None:
    """There failures follow failures, but an edit fails as often after a read."""
    store = ReportsStore()
    for number in range(100):
        session(store, number, *FINE * 3)
    for number in range(100, 130):
        session(store, number, ("read", "failed"), *[("edit", "failed")] * 4, ("read", "failed"))

    assert [] == [row for row in patterns(store)["patterns"] if "!" in row.before]


def test_three_calls_are_told_only_when_they_say_more_than_two() -> None:
    """What edit! → edit says already, grep → edit! → edit need not repeat."""
    store = ReportsStore()
    for number in range(60):
        twice = [("edit", "failed")] * 2
        session(store, number, ("grep", "succeeded"), *twice, *FINE * 2)
        session(store, number + 100, *[("edit", "succeeded")] * 5)

    rows = patterns(store)["patterns"]

    assert [(None, "edit!"), (None, "grep")] == sorted(
        (row.before_last, row.before) for row in rows
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", SESSIONS)
def test_chance_is_no_pattern(kind: str) -> None:
    """Of calls that fail at random, also where whole sessions are bad, a sequence is shown in at
    most 1 of 20 histories; seeded.
    """
    dice = random.Random(11)
    assert 1 >= sum(bool(rows_by_chance(dice, 60, 20, kind)) for _ in range(20))


@pytest.mark.parametrize("many", [3, 40, 900])
def test_how_probable_a_sequence_is(many: int) -> None:
    """The sum over sessions has the distribution of the sum of their hypergeometric draws."""
    dice = random.Random(many)
    for _ in range(5):
        records: list[Mapping[str, Any]] = []
        sums = np.array([1.0])
        for _ in range(many):
            calls, failed = dice.randrange(2, 20), dice.randrange(20)
            after = dice.randrange(1, calls + 1)
            failed = min(failed, calls)
            # Of the calls after it so many failed, in so many of all ways.
            ways = [comb(failed, n) * comb(calls - failed, after - n) for n in range(after + 1)]
            drawn = dice.choices(range(after + 1), ways)[0]
            more = drawn < min(failed, after) and dice.random() < 0.1
            sums = np.convolve(sums, np.array(ways) / comb(calls, after))
            records.append(
                {
                    "before_last": None, "before": "x!", "tool": "t", "calls": after,
                    "failed": drawn + more, "all_calls": calls, "all_failed": failed,
                    "usual_rate": 0.1,
                }
            )  # fmt: skip
        tail = CallSequence(records).tail()
        found = sums[sum(each["failed"] for each in records) :].sum()
        assert math.isclose(tail, found, rel_tol=0.15 if many > 100 else 1e-6) or tail == 1 > found


def test_which_skill_is_loaded_after_which() -> None:
    """Within a session, in the order of the loads."""
    store = ReportsStore()
    for session_id, names in (("a", ("plan", "code", "verify")), ("b", ("plan", "verify"))):
        for at, name in enumerate(names):
            store.load(name, session_id=session_id, started=NOW - DAY + at)
    store.load("plan", "failed", session_id="b", started=NOW)

    rows = patterns(store)["skill_order"]

    assert [
        ("plan", "code", 1, 0.5),
        ("plan", "verify", 1, 0.5),
        ("verify", None, 2, 1.0),
        ("code", "verify", 1, 1.0),
    ] == [(row.skill, row.next, row.times, row.followed) for row in rows]


def test_recurring_errors_of_every_source() -> None:
    """Calls by their reason, events by their error type, messages by their error's name."""
    store = ReportsStore()
    for number in range(3):
        store.call("bash", "failed", reason="exit 3", session_id=f"s{number}", started=NOW - number)
    store.call("bash", "failed", reason="exit 3", counted=0)
    store.call("bash", "succeeded", reason="exit 3")
    store.run(outcome="failed", error_type="ValueError")
    store.run(outcome="escalated", reason="max_iterations")
    store.edit(("hashline", 0), error_type="HashMismatch")
    store.chunk(success=0, error_type="Timeout")
    store.retry(source="event", reason="timeout")
    store.message(error_type="APIError")
    for stopped in ("MessageAbortedError", "aborted"):  # no error, but what the user wanted
        store.message(error_type=stopped)

    rows = patterns(store)["errors_seen"]

    assert ("call", "bash", "exit 3", 3, 3, NOW - 2, NOW) == (
        rows[0].source, rows[0].name, rows[0].error, rows[0].times, rows[0].sessions,
        rows[0].first_seen, rows[0].last_seen,
    )  # fmt: skip
    assert {
        ("run", "code-agent", "ValueError"),
        ("run", "code-agent", "max_iterations"),
        ("edit", "hashline", "HashMismatch"),
        ("chunk", "parallel", "Timeout"),
        ("retry", "code-agent", "timeout"),
        ("message", "zai/glm-4.7", "APIError"),
    } == {(row.source, row.name, row.error) for row in rows[1:]}


def test_a_sequence_that_is_too_improbable_for_a_float_is_still_judged() -> None:
    """In very many calls: the least tail is 0, and no error."""
    each: Mapping[str, Any] = {
        "before_last": None, "before": "x!", "tool": "t", "calls": 3_000, "failed": 3_000,
        "all_calls": 100_000, "all_failed": 3_000, "usual_rate": 0.03,
    }  # fmt: skip
    assert 0.0 == CallSequence([each] * 3).least_tail()
