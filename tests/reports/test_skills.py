"""The section `skills`."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports import Filters, build
from tachikoma_telemetry.reports.blocks import Sheet
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.sections.skills.rows import SkillRow
from tachikoma_telemetry.reports.sections.skills.section import blocks
from tachikoma_telemetry.store.store import read_store

from ..merging import merge_project
from ..reports_store import DAY, HOUR, NOW, ReportsStore

Z = 1.959963984540054


def skills(store: ReportsStore) -> dict[str | None, SkillRow]:
    report = reports.build(store.connection, "skills", now_ms=NOW)
    return {row.skill: row for row in report.parts["skills"]}


def nearest_rank(values: list[Any], percent: int) -> Any:
    """The textbook definition: the value at place ceil(p·n), from 1."""
    return sorted(values)[-(-percent * len(values) // 100) - 1]


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The textbook formula, as it is usually written."""
    rate = successes / n
    middle = rate + Z * Z / (2 * n)
    half = Z * math.sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    return (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=60), st.lists(st.integers(0, 10**7)))
def test_percentiles_are_nearest_rank(runs: list[float], windows: list[int]) -> None:
    """p50 and p95 are values that occurred: the ones at place ceil(p·n)."""
    store = ReportsStore()
    for run in runs:
        store.run(run_ms=run)
    for window in windows:
        store.load(window_ms=window, load_ms=window)

    row = skills(store)["code-agent"]

    assert nearest_rank(runs, 50) == row.run_p50_ms
    assert nearest_rank(runs, 95) == row.run_p95_ms
    assert (nearest_rank(windows, 50) if windows else None) == row.window_p50_ms
    assert (nearest_rank(windows, 95) if windows else None) == row.window_p95_ms
    assert row.window_p50_ms == row.load_p50_ms


def test_p50_of_1_to_100_is_50() -> None:
    """The median of 1..100 is 50 by nearest rank; the predecessor said 51."""
    store = ReportsStore()
    for number in range(1, 101):
        store.run(run_ms=number)

    row = skills(store)["code-agent"]

    assert (50, 95) == (row.run_p50_ms, row.run_p95_ms)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 20))
def test_success_is_of_finished_runs(succeeded: int, failed: int, escalated: int) -> None:
    """The rate is succeeded over succeeded + failed + escalated, with its Wilson interval."""
    store = ReportsStore()
    for outcome, many in (("succeeded", succeeded), ("failed", failed), ("escalated", escalated)):
        for _ in range(many):
            store.run(outcome=outcome)
    store.run(outcome="cancelled")
    store.run(outcome=None)

    row = skills(store)["code-agent"]

    n = succeeded + failed + escalated
    assert (n + 2, 1, 1) == (row.runs, row.cancelled, row.abandoned)
    assert (succeeded, failed, escalated) == (row.succeeded, row.failed, row.escalations)
    if n == 0:
        assert (None, None, None) == (row.success_rate, row.success_low, row.success_high)
        return
    low, high = wilson(succeeded, n)
    assert row.success_rate is not None
    assert row.success_low is not None
    assert row.success_high is not None
    assert math.isclose(succeeded / n, row.success_rate)
    assert math.isclose(low, row.success_low, abs_tol=1e-12)
    assert math.isclose(high, row.success_high, abs_tol=1e-12)
    assert 0 <= row.success_low <= row.success_rate <= row.success_high <= 1


def test_what_was_never_recorded_is_unknown() -> None:
    """A skill that is only loaded has no outcome, no iterations and no retries: null, not 0."""
    store = ReportsStore()
    store.load(load_ms=12)

    row = skills(store)["code-agent"]

    assert (1, 0) == (row.loads, row.runs)
    unknown = (
        row.succeeded, row.failed, row.success_rate, row.success_low, row.run_p50_ms,
        row.iterations, row.retries, row.max_iterations_reached, row.escalations, row.cost,
        row.tokens_input, row.context_tokens, row.run_tokens_input,
    )  # fmt: skip
    assert {None} == set(unknown)


def test_failed_loads_are_no_loads() -> None:
    """A skill that never loaded stands in the report, with its failed and aborted loads."""
    store = ReportsStore()
    store.load("missing", "failed")
    store.load("missing", "cancelled")
    store.load("missing", "invalid")
    store.load("missing", "running")

    row = skills(store)["missing"]

    assert (0, 3, 0, 1) == (row.loads, row.failed_loads, row.versions, row.sessions)


def test_a_copied_load_is_not_counted_but_its_window_is() -> None:
    """What a fork copied was loaded once; what the agent did after it in the fork is new."""
    store = ReportsStore()
    store.load(tokens_output=100, cost=0.5, tool_calls=2, failed_tool_calls=1, window_ms=5)
    store.load(
        counted=0, tokens_output=40, cost=0.25, tool_calls=3, failed_tool_calls=0, window_ms=900,
        session_id="fork", started=NOW,
    )  # fmt: skip

    row = skills(store)["code-agent"]

    assert (1, 1, 5) == (row.loads, row.sessions, row.window_p95_ms)
    assert (140, 0.75, 5, 1) == (
        row.tokens_output, row.cost, row.tool_calls, row.failed_tool_calls,
    )  # fmt: skip
    assert NOW - DAY == row.last_used


def test_context_tokens_are_of_the_newest_version() -> None:
    """Loading costs characters / 4, rounded up, of the text that was loaded last."""
    store = ReportsStore()
    store.load(skill_version="b", context_chars=4001, started=NOW - HOUR)
    store.load(skill_version="a", context_chars=9000, started=NOW - DAY)
    store.load(outcome="failed", context_chars=1, started=NOW)

    row = skills(store)["code-agent"]

    assert (2, 1001) == (row.versions, row.context_tokens)
    for chars, tokens in ((0, 0), (1, 1), (4, 1), (5, 2)):
        store.load(f"of {chars}", context_chars=chars)
        assert tokens == skills(store)[f"of {chars}"].context_tokens


def test_the_maximum_is_reached_once_a_run() -> None:
    """Reached is a run whose last allowed iteration did not pass, however many stages it had."""
    store = ReportsStore()
    run = store.run(outcome="escalated")
    store.iteration("verify", run_id=run, number=3, maximum=3, passed=0)
    store.iteration("revise", run_id=run, number=3, maximum=3, passed=0)
    store.iteration("verify", run_id=store.run(), number=3, maximum=3, passed=1)
    store.iteration("generate", run_id=store.run(), number=3, maximum=3, passed=None)
    store.iteration("verify", run_id=store.run(), number=2, maximum=3, passed=0)
    store.retry(run_id=run)

    row = skills(store)["code-agent"]

    assert (5, 1, 1, 1) == (
        row.iterations, row.retries, row.max_iterations_reached, row.escalations,
    )  # fmt: skip


def test_run_tokens_stand_beside_attributed_ones() -> None:
    """What runs report is never added to what windows are given."""
    store = ReportsStore()
    store.load(tokens_input=1000, tokens_output=100, tokens_cache_read=5)
    store.run(run_tokens_input=7, run_tokens_output=3)
    store.run()

    row = skills(store)["code-agent"]

    assert (1000, 100, 5) == (row.tokens_input, row.tokens_output, row.tokens_cache_read)
    assert (7, 3) == (row.run_tokens_input, row.run_tokens_output)


def test_a_run_without_a_skill_is_a_row_of_its_own() -> None:
    """Every run counts, even one that no skill is named for."""
    store = ReportsStore()
    store.run(skill=None, run_ms=5.0)

    assert (1, 5.0) == (skills(store)[None].runs, skills(store)[None].run_p50_ms)


def test_a_skill_s_projects_are_those_of_its_sessions() -> None:
    """By OpenCode's id; of folders without git, which share one id, by the folder."""
    store = ReportsStore()
    for number, (project, directory) in enumerate(
        (("p1", "/a"), ("p1", "/a/sub"), ("global", "/b"), ("global", "/c"), (None, "/c"))
    ):
        store.session(f"s{number}", project_id=project, directory=directory, created=NOW - 9 * DAY)
        store.load(session_id=f"s{number}", started=NOW - DAY)
    store.run(session_id=None)
    chosen = reports.Filters(since=NOW - 2 * DAY)

    (row,) = reports.build(store.connection, "skills", chosen, now_ms=NOW).parts["skills"]

    assert (5, 3) == (row.sessions, row.projects)


def test_runs_that_did_not_say_how_they_ended() -> None:
    """They are running, left unfinished or abandoned, by when one asks; none is in the rate."""
    store = ReportsStore()
    store.session("s1")
    store.run("code-agent", "succeeded")
    for last_seen, left_open in ((5 * HOUR, 0), (6 * HOUR, 0), (5 * HOUR, 1), (6 * HOUR, 1)):
        store.run("code-agent", None, last_seen=NOW - last_seen, left_open=left_open)

    row = skills(store)["code-agent"]

    assert (5, 1, 0) == (row.runs, row.succeeded, row.failed)
    assert (2, 1, 1) == (row.running, row.unfinished, row.abandoned)
    assert 1.0 == row.success_rate


def test_the_sentence_does_not_say_that_calls_run_when_recorded_runs_do() -> None:
    """How many have no end yet is said of recorded runs and of calls together."""
    store = ReportsStore()
    store.session("s1")
    store.run("code-agent", None, last_seen=NOW - HOUR)
    recorded = reports.build(store.connection, "skills", now_ms=NOW)
    store.run("code-agent", "succeeded", source="call")
    both = reports.build(store.connection, "skills", now_ms=NOW)

    assert "1 recorded run; 1 run running." in to_markdown(recorded).replace("\\", "")
    assert "a skill's file; 1 run running." in to_markdown(both).replace("\\", "")


def test_a_run_in_a_call_that_still_runs_is_running() -> None:
    """However long ago its last event was; it is abandoned with its call."""
    store = ReportsStore()
    store.session("s1", updated=NOW - HOUR)
    store.session("s2", updated=NOW - 7 * HOUR)
    for session in ("s1", "s2"):
        call = store.call("bash", "running", session_id=session, started=NOW - 7 * HOUR)
        store.run("code-agent", None, session_id=session, last_seen=NOW - 7 * HOUR, last_call=call)
    call = store.call("bash", "running", session_id="s2", started=NOW - 7 * HOUR)
    store.run("code-agent", None, session_id="s2", last_seen=NOW - HOUR, last_call=call)

    row = skills(store)["code-agent"]

    assert (1, 2, 0) == (row.running, row.abandoned, row.unfinished)


def test_a_run_left_open_when_the_user_goes_on_is_unfinished() -> None:
    """Its window is closed: nobody is expected to go on with it."""
    store = ReportsStore()
    store.session("s1")
    store.run("code-agent", None, last_seen=NOW - HOUR, left_open=1)
    store.message(role="user", opens_turn=1, created=NOW - HOUR + 1)
    store.run("code-agent", None, last_seen=NOW - HOUR + 2, left_open=1)

    row = skills(store)["code-agent"]

    assert (1, 1) == (row.unfinished, row.running)


def test_a_success_that_its_call_contradicts() -> None:
    """A run that succeeded in a call with exit code 1 is pointed out, where it was alone there."""
    store = ReportsStore()
    for exit_code, runs in ((1, 1), (0, 1), (1, 2), (None, 1)):
        call = store.call(exit_code=exit_code, outcome="failed" if exit_code else "succeeded")
        for _ in range(runs):
            run = store.run("code-agent", last_call=call)
            store.event("skill_run_finished", run_id=run, call_key=call)

    report = reports.build(store.connection, "skills", now_ms=NOW)

    assert 1 == report.parts["skills"][0].contradicted
    text = to_markdown(report)
    assert "1 run recorded success in a call that ended with another exit code than 0" in text


def test_a_skill_with_events_but_no_run_is_instrumented() -> None:
    """An edit or a chunk recorded for it is enough; "not instrumented" means no event at all."""
    store = ReportsStore()
    store.load("code-agent")
    store.event("edit_format", skill="code-agent")
    assert skills(store)["code-agent"].instrumented
    assert "instrumented" not in to_markdown(reports.build(store.connection, "skills"))
    store.load("other")
    assert "1 not instrumented" in to_markdown(reports.build(store.connection, "skills"))


def test_steps_of_runs_without_a_skill_s_name() -> None:
    """Their row has the iterations and retries that name no skill either."""
    store = ReportsStore()
    run = store.run(None)
    store.iteration(skill=None, run_id=run, number=3, maximum=3, passed=0)
    store.retry(skill=None, run_id=run)

    row = skills(store)[None]

    assert (1, 1, 1) == (row.iterations, row.retries, row.max_iterations_reached)


def test_steps_of_runs_without_an_id() -> None:
    """Their end says how many there were, or nothing is known: that is not 0."""
    store = ReportsStore()
    for skill, said in (("says", 3), ("silent", None), ("recorded", 2)):
        end = store.event("skill_run_finished", skill=skill)
        store.run(skill, run_id=end, iterations=said, retries=said)
    for _ in range(2):
        store.iteration(skill="recorded", number=2, maximum=2, passed=0)

    found = skills(store)

    assert {"says": (3, 3), "silent": (None, None), "recorded": (2, 2)} == {
        name: (row.iterations, row.retries) for name, row in found.items() if name
    }
    assert 0 == found["recorded"].max_iterations_reached


def _steps(project: Path, *moments: tuple[str, int, dict[str, Any]], skill: str | None) -> None:
    envelope = {"skill": skill} if skill else {}
    for kind, at, fields in moments:
        telemetry.record(kind, fields, envelope=envelope, time=NOW - DAY + at)
    merge_project(project)


def _iterations(project: Path, skill: str | None, **period: Any) -> int:
    with closing(read_store(store_path(project))) as store:
        rows = build(store, "skills", Filters(**period), now_ms=NOW).parts["skills"]
        return sum(row.iterations for row in rows if row.skill == skill)


def test_a_step_without_a_skill_was_recorded(project: Path) -> None:
    """Its row, which has no name, is not said to record nothing."""
    _steps(project, ("retry", 0, {"attempt": 1}), skill=None)
    with closing(read_store(store_path(project))) as store:
        (row,) = build(store, "skills", now_ms=NOW).parts["skills"]
    assert (None, 1, True) == (row.skill, row.retries, row.instrumented)


@pytest.mark.parametrize("skill", [None, "fixer"])
def test_the_steps_of_runs_without_an_id_add_up(project: Path, skill: str | None) -> None:
    """An end that names no run says how many steps it had: those that were recorded since it began
    are among them, earlier ones are not, and each counts in its own period.
    """
    end = {"outcome": "succeeded", "duration_ms": 3000, "iterations": 3}
    _steps(
        project,
        ("iteration", 1000, {"index": 1}),  # of no run at all
        ("iteration", 8000, {"index": 1}),
        ("skill_run_finished", 10_000, end),
        ("iteration", 20_000, {"index": 1}),
        ("skill_run_finished", 21_000, {"outcome": "failed", "iterations": 1}),
        ("iteration", 30_000, {"index": 1}),
        skill=skill,
    )
    assert 1 + 3 + 1 + 1 == _iterations(project, skill)
    # Before, between and after each of them.
    for at in (500, 1500, 7500, 8500, 9500, 10_500, 19_500, 20_500, 21_500, 29_500, 30_500):
        moment = NOW - DAY + at
        parts = [_iterations(project, skill, **{side: moment}) for side in ("until", "since")]
        assert 6 == sum(parts), at


def test_the_worst_skill_comes_first_and_a_bad_one_has_a_mark() -> None:
    """By the lower end of the interval; what has few runs or none comes last."""
    store = ReportsStore()
    for skill, good, n in (("fine", 38, 40), ("bad", 10, 40), ("doubtful", 6, 10), ("new", 1, 1)):
        for number in range(n):
            store.run(skill, "succeeded" if number < good else "failed")
    store.load("silent")

    report = reports.build(store.connection, "skills", now_ms=NOW)

    assert ["bad", "doubtful", "fine", "new", "silent"] == [
        row.skill for row in report.parts["skills"]
    ]
    (sheet,) = (each for each in blocks(report.parts["skills"]) if isinstance(each, Sheet))
    assert ["✗", "!", "", "", ""] == [row[1].text for row in sheet.rows]
