"""Runs: entered, left, nested, continued."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tachikoma_telemetry import TelemetryError, telemetry
from tachikoma_telemetry.testing import Captured, capture

from ..journal_at import document


def test_the_example_of_the_readme_records_itself(project: Path) -> None:
    """The example of the README records itself, in this order, into the project's journal."""
    with telemetry.skill_run("code-agent") as run:
        event_id = run.intent("debug", confidence=0.82, escalated=False)
        run.iteration(stage="verify", index=1, max=3, passed=False, failed_criteria=["edge_cases"])
        run.retry(reason="timeout", attempt=2, max=3)
        run.edit("hashline", success=False, edit_id="e1", attempt=1)
        with run.rlm_chunk(index=0, total=10, size=50_000, mode="parallel", wave=1) as chunk:
            chunk.tokens, chunk.accuracy = 812, 0.9
        run.tokens(input=5000, output=700)
        run.tokens(output=1)
        run.escalate("max_iterations")
    telemetry.label(event_id, actual="implement")
    found = document(project / ".opencode" / "telemetry" / "metrics.json")
    assert [
        "skill_run_started",
        "intent",
        "iteration",
        "retry",
        "edit_format",
        "rlm_chunk",
        "skill_run_finished",
        "label",
    ] == [each["type"] for each in found]
    assert sorted(each["id"] for each in found) == [each["id"] for each in found]
    assert {run.id} == {each["run_id"] for each in found[:-1]}
    end = found[-2]
    assert ("escalated", "max_iterations", 1, 1, 5000, 701) == tuple(
        end[name]
        for name in ("outcome", "reason", "iterations", "retries", "tokens_input", "tokens_output")
    )
    assert end["duration_ms"] >= found[-3]["duration_ms"] >= 0
    assert event_id == found[-1]["event_id"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ValueError("secret"), "failed"),
        (KeyboardInterrupt(), "cancelled"),
        (GeneratorExit(), "cancelled"),
        (asyncio.CancelledError(), "cancelled"),
        (SystemExit(3), "failed"),
        (SystemExit(0), "succeeded"),
    ],
)
def test_exceptions_leave_unchanged(events: Captured, error: BaseException, outcome: str) -> None:
    """A body's exception is recorded by its class name alone and raised on, the same object."""
    with pytest.raises(type(error)) as raised, telemetry.skill_run("x"):
        raise error
    assert error is raised.value
    assert error.__context__ is None
    end = events.one("skill_run_finished")
    assert outcome == end["outcome"]
    assert (None if outcome == "succeeded" else type(error).__name__) == end.get("error_type")
    assert "secret" not in str(events)


@pytest.mark.parametrize(
    ("code", "reason"), [(3, "exit 3"), (True, "exit 1"), ("usage: …", "exit 1"), (-1, "exit 255")]
)
def test_exiting_says_the_exit_code(events: Captured, code: object, reason: str) -> None:
    """`sys.exit` inside of a run fails with the code that the process ends with."""
    with pytest.raises(SystemExit), telemetry.skill_run("x"):
        sys.exit(code)  # type: ignore[arg-type]
    end = events.one("skill_run_finished")
    assert ("failed", reason, "SystemExit") == (end["outcome"], end["reason"], end["error_type"])


def test_what_was_said_before_exiting_holds(events: Captured) -> None:
    """A script that escalates, and exits with a code that says so, has escalated."""

    @telemetry.skill_run("x")
    def main() -> None:
        telemetry.escalate("max_iterations")
        sys.exit(2)

    with pytest.raises(SystemExit):
        main()
    end = events.one("skill_run_finished")
    assert ("escalated", "max_iterations") == (end["outcome"], end["reason"])


def test_strict_mode_lets_the_body_s_exception_through(events: Captured) -> None:
    """Even in strict mode, our own error never takes the place of the body's."""
    error = ValueError()

    def body(error: Exception | None) -> None:
        with telemetry.skill_run("x") as run, run.rlm_chunk() as chunk:
            chunk.accuracy = 7
            if error is not None:
                raise error

    with pytest.raises(ValueError) as raised:
        body(error)
    assert error is raised.value
    with pytest.raises(TelemetryError, match="accuracy is above 1"):
        body(None)


def test_strict_mode_at_the_end_of_a_run(events: Captured) -> None:
    """So it is when the run's end has something to complain of."""

    def body(error: Exception | None) -> None:
        with telemetry.skill_run("x") as run:
            for _ in range(2):
                run.tokens(input=10**12)
            if error is not None:
                raise error

    with pytest.raises(ValueError):
        body(ValueError())
    with pytest.raises(TelemetryError, match="tokens_input is above"):
        body(None)
    assert ["failed", "succeeded"] == [each["outcome"] for each in events.of("skill_run_finished")]


def test_a_run_inside_a_run_has_it_as_its_parent(events: Captured) -> None:
    """A run inside a run has it as its parent; behind it, the outer one is current again."""
    with telemetry.skill_run("outer") as outer:
        with telemetry.skill_run("inner"):
            telemetry.retry()
        telemetry.retry()
    started = events.of("skill_run_started")
    assert [None, outer.id] == [each.get("parent_run_id") for each in started]
    assert ["inner", "outer"] == [each["skill"] for each in events.of("retry")]
    assert telemetry.current() is None


def test_a_run_left_open_is_continued_by_its_id(events: Captured) -> None:
    """A run left open by one process is continued by id in another, and ends once."""
    with telemetry.skill_run("x", finish=False) as run:
        run.iteration(index=1)
    with telemetry.skill_run("x", run_id=run.id) as again:
        again.iteration(index=2)
    assert {run.id} == {each["run_id"] for each in events}
    assert [None, True] == [each.get("continued") for each in events.of("skill_run_started")]
    assert "succeeded" == events.one("skill_run_finished")["outcome"]


def test_a_run_left_open_says_what_its_process_did(events: Captured) -> None:
    """Tokens, steps and time of a process that leaves its run open are recorded then."""
    with telemetry.skill_run("x", finish=False) as run:
        run.iteration(index=1)
        run.tokens(input=100, output=7)
    left = events.one("skill_run_paused")
    assert (100, 7, 1, 0) == tuple(
        left[name] for name in ("tokens_input", "tokens_output", "iterations", "retries")
    )
    assert left["duration_ms"] >= 0
    assert "outcome" not in left


def test_an_open_run_still_fails(events: Captured) -> None:
    """`finish=False` leaves a success open; a failure ends the run all the same."""
    with telemetry.skill_run("x", finish=False) as run:
        run.fail("no patch fits", error_type="PatchError")
    end = events.one("skill_run_finished")
    assert ("failed", "no patch fits", "PatchError") == (
        end["outcome"],
        end["reason"],
        end["error_type"],
    )


def test_identity_comes_from_the_environment_or_by_hand(
    events: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Identity comes from the environment, can be said by hand, and is absent when unknown."""
    with telemetry.skill_run("x"):
        pass
    assert not {"session_id", "call_id", "model", "agent", "opencode"} & events[0].keys()
    monkeypatch.setenv("TACHIKOMA_SESSION_ID", "ses_1")
    monkeypatch.setenv("TACHIKOMA_CALL_ID", "  functions.bash:2")
    monkeypatch.setenv("TACHIKOMA_MODEL", "zai/glm-4.7")
    monkeypatch.setenv("TACHIKOMA_RUN_ID", "run_outer")
    monkeypatch.setenv("TACHIKOMA_AGENT", "")
    monkeypatch.setenv("OPENCODE", "1")
    with telemetry.skill_run("x", session_id="ses_2") as run:
        run.edit("whole", True, model="gpt-5")
        run.edit("whole", True, model={"providerID": "zai", "modelID": "glm"})  # type: ignore[arg-type]
    start = events[2]
    assert ("ses_2", "functions.bash:2", "zai/glm-4.7", "run_outer", True) == tuple(
        start[name] for name in ("session_id", "call_id", "model", "parent_run_id", "opencode")
    )
    assert "agent" not in start
    assert ["gpt-5", "zai/glm"] == [each["model"] for each in events.of("edit_format")]
    telemetry.retry()
    assert ("run_outer", "ses_1") == (events[-1]["run_id"], events[-1]["session_id"])


def test_one_object_for_many_runs(events: Captured) -> None:
    """A `skill_run` that tasks share is a run of its own for each of them."""
    shared = telemetry.skill_run("shared")

    async def work(number: int) -> None:
        async with shared as run:
            await asyncio.sleep(0)
            run.retry(attempt=number)
            if number % 2:
                raise ValueError

    async def main() -> None:
        await asyncio.gather(*(work(number) for number in range(1, 9)), return_exceptions=True)

    asyncio.run(main())
    runs = {each["run_id"]: each["attempt"] for each in events.of("retry")}
    assert 8 == len(runs)
    for end in events.of("skill_run_finished"):
        assert ("failed" if runs[end["run_id"]] % 2 else "succeeded") == end["outcome"]


def test_an_event_after_the_end_is_warned_about_and_kept(
    events: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event after its run's end is warned about and kept; tokens then are not."""
    with telemetry.skill_run("x") as run:
        intent = run.intent("debug")
    with pytest.raises(TelemetryError, match="after its run ended"):
        run.retry()
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    run.retry()
    run.tokens(input=1)
    run.label(intent, actual="debug")
    assert run.id == events.one("retry")["run_id"]
    assert "tokens_input" not in events.one("skill_run_finished")
    assert "label" == events[-1]["type"]


@pytest.mark.parametrize(
    ("say", "outcome"),
    [
        ("succeed", "succeeded"),
        ("fail", "failed"),
        ("escalate", "escalated"),
        ("cancel", "cancelled"),
    ],
)
def test_a_verdict_may_come_late(events: Captured, say: str, outcome: str) -> None:
    """What is known only after the block is an end of its own, which takes no time."""
    with telemetry.skill_run("x") as run:
        run.iteration()
    getattr(run, say)()
    first, late = events.of("skill_run_finished")
    assert (outcome, run.id) == (late["outcome"], late["run_id"])
    assert "duration_ms" in first
    assert "duration_ms" not in late


def test_a_run_that_succeeds_in_words(events: Captured) -> None:
    """`succeed` takes back what was said before it; an exception takes back the success."""
    with telemetry.skill_run("x") as run:
        run.fail("the first draft")
        run.succeed()

    @telemetry.skill_run("x")
    def body() -> None:
        telemetry.succeed()
        raise ValueError

    with pytest.raises(ValueError):
        body()
    assert ["succeeded", "failed"] == [e["outcome"] for e in events.of("skill_run_finished")]


@pytest.mark.parametrize("name", [None, 3, "", "  ", b"x", ["x"]])
def test_an_odd_name_costs_the_name_and_never_the_run(
    monkeypatch: pytest.MonkeyPatch, name: object
) -> None:
    """A name that is no name costs the name, never the run."""
    with capture(strict=False) as events, telemetry.skill_run(name) as run:  # type: ignore[call-overload]
        run.retry()
    assert 3 == len(events)
    assert 1 == len({each["run_id"] for each in events})


def test_a_run_has_one_journal_wherever_it_goes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A skill that changes into another project still records all of its run in one journal."""
    other = project.parent / "other"
    (other / ".git").mkdir(parents=True)
    with telemetry.skill_run("x"):
        monkeypatch.chdir(other)
        telemetry.retry()
    assert 3 == len(document(project / ".opencode" / "telemetry" / "metrics.json"))
    assert not (other / ".opencode").exists()
