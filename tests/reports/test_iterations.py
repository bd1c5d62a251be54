"""The section `iterations`."""

from __future__ import annotations

import re

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.sections.iterations.rows import IterationRow

from ..goldens import drawn
from ..reports_store import NOW, ReportsStore


def iterations(store: ReportsStore) -> dict[tuple[str | None, str | None], IterationRow]:
    report = reports.build(store.connection, "iterations", now_ms=NOW)
    return {(row.skill, row.stage): row for row in report.parts["iterations"]}


def test_pass_rate_is_of_iterations_with_a_verdict() -> None:
    """An iteration that could not be judged is counted, and stands in no rate."""
    store = ReportsStore()
    run = store.run()
    for number, passed in enumerate((0, None, 1), 1):
        store.iteration(run_id=run, number=number, maximum=3, passed=passed)

    row = iterations(store)["code-agent", "verify"]

    assert (1, 3, 1, 2, 0.5) == (
        row.runs, row.iterations, row.passed, row.verdicts, row.pass_rate,
    )  # fmt: skip
    assert (3.0, 0) == (row.iterations_per_run, row.max_reached)


def test_retries_and_escalations_stand_in_the_row_without_a_stage() -> None:
    """They belong to no stage; in the rows of stages they are null."""
    store = ReportsStore()
    run = store.run(outcome="escalated")
    store.iteration(run_id=run, number=1, maximum=1, passed=0)
    store.retry(run_id=run, number=1)
    store.retry(run_id=run, number=2)

    rows = iterations(store)

    stage, whole = rows["code-agent", "verify"], rows["code-agent", None]
    assert (None, None, 1) == (stage.retries, stage.escalations, stage.max_reached)
    assert (2, 1, 1, 0) == (whole.retries, whole.escalations, whole.runs, whole.iterations)
    assert (None, None) == (whole.pass_rate, whole.iterations_per_run)


def test_the_row_without_a_stage_exists_only_when_it_says_something() -> None:
    """A skill without retries, escalations and iterations outside of stages has no such row."""
    store = ReportsStore()
    store.iteration(run_id=store.run())

    assert [("code-agent", "verify")] == list(iterations(store))


def test_failed_criteria_are_counted_by_stage() -> None:
    """Each criterion with the iterations that failed it, the most frequent first."""
    store = ReportsStore()
    store.iteration(run_id="r", passed=0, failed_criteria=["logic", "edge_cases"])
    store.iteration(run_id="r", passed=0, failed_criteria=["edge_cases"])
    store.iteration("revise", run_id="r", failed_criteria=["syntax"])
    store.iteration(None, skill=None, failed_criteria=["security"])

    rows = iterations(store)

    criteria = rows["code-agent", "verify"].failed_criteria
    assert [("edge_cases", 2), ("logic", 1)] == list(criteria.items())
    assert {"syntax": 1} == rows["code-agent", "revise"].failed_criteria
    assert {"security": 1} == rows[None, None].failed_criteria


def test_iterations_outside_of_runs_count() -> None:
    """Every event counts: one without a run is an iteration, but no run, in no mean."""
    store = ReportsStore()
    store.iteration(number=3, maximum=3, passed=0)
    store.iteration(number=3, maximum=3, passed=0)
    store.iteration(run_id="r", number=1, maximum=3, passed=1)

    row = iterations(store)["code-agent", "verify"]

    assert (1, 3, 0, 1.0) == (
        row.runs, row.iterations, row.max_reached, row.iterations_per_run,
    )  # fmt: skip


def test_a_run_that_succeeds_at_the_second_try_is_flaky() -> None:
    """After a retry or a failed iteration; not when all went well, or the run failed as well."""
    store = ReportsStore()
    for outcome, passed, retried in (
        ("succeeded", (0, 1), False),
        ("succeeded", (1,), True),
        ("succeeded", (1, 1), False),
        ("failed", (0, 0), True),
    ):
        run = store.run(outcome=outcome)
        for number, each in enumerate(passed, 1):
            store.iteration(run_id=run, number=number, maximum=3, passed=each)
        if retried:
            store.retry(run_id=run, source="event")

    rows = iterations(store)

    # Of the row without a stage, only the retries of two runs are.
    assert (2, 2) == (rows["code-agent", None].flaky_runs, rows["code-agent", None].runs)
    assert rows["code-agent", "verify"].flaky_runs is None


def test_no_row_is_of_zeros() -> None:
    """Loops, retries and failed criteria are tables of their own; giving up is a share of loops."""
    store = ReportsStore()
    for number in range(4):
        run_id = store.run("code-agent", "escalated" if number else "succeeded")
        store.iteration(
            run_id=run_id, number=1, maximum=1, passed=int(not number), failed_criteria=["tests"]
        )
    store.retry(skill="other")
    text = drawn(reports.build(store.connection, "iterations", now_ms=NOW))

    assert "75 % of 4" in text
    assert "(run)" not in text
    assert [] == [line for line in text.splitlines() if re.fullmatch(r"\S+(\s+[0–·])+", line)]
