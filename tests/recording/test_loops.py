"""The loops that skills have, recording themselves."""

from __future__ import annotations

import asyncio

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.testing import Captured, capture


def _turns(events: Captured) -> list[tuple[int, int, bool | None]]:
    return [(each["index"], each["max"], each.get("passed")) for each in events.of("iteration")]


def test_attempts_are_iterations_until_one_passes(events: Captured) -> None:
    """Attempts are iterations, numbered from 1, until one passes."""
    with telemetry.skill_run("x") as run:
        for attempt in run.attempts(max=3):
            with attempt:
                attempt.passed = attempt.number == 2
                attempt.failed_criteria = [] if attempt.passed else ["logic"]
    assert [(1, 3, False), (2, 3, True)] == _turns(events)
    assert {"verify"} == {each["stage"] for each in events.of("iteration")}
    assert ["logic"] == events.of("iteration")[0]["failed_criteria"]
    assert "succeeded" == events.one("skill_run_finished")["outcome"]


def test_a_run_escalates_at_the_maximum(events: Captured) -> None:
    """When none passes, the run escalates: maximum reached."""
    with telemetry.skill_run("x") as run:
        for attempt in run.attempts(max=2, stage="revise"):
            with attempt:
                attempt.passed = False
    assert [(1, 2, False), (2, 2, False)] == _turns(events)
    end = events.one("skill_run_finished")
    assert ("escalated", "max_iterations", 2) == (end["outcome"], end["reason"], end["iterations"])


def test_an_exception_to_be_retried_is_a_retry(events: Captured) -> None:
    """An exception to be retried leads to the next attempt, and is a retry."""
    with telemetry.skill_run("x") as run:
        for attempt in run.attempts(max=3, retry_on=TimeoutError):
            with attempt:
                if attempt.number == 1:
                    raise TimeoutError
                attempt.passed = True
    assert [(1, 3, False), (2, 3, True)] == _turns(events)
    retry = events.one("retry")
    assert (2, 3, "TimeoutError") == (retry["attempt"], retry["max"], retry["error_type"])


@pytest.mark.parametrize(("error", "turns"), [(TimeoutError, 2), (ValueError, 1)])
def test_other_exceptions_leave_the_loop(
    events: Captured, error: type[Exception], turns: int
) -> None:
    """The last attempt's exception and every other one leave the loop."""

    def body() -> None:
        with telemetry.skill_run("x") as run:
            for attempt in run.attempts(max=2, retry_on=(TimeoutError,)):
                with attempt:
                    raise error

    with pytest.raises(error):
        body()
    assert turns == len(events.of("iteration"))
    assert ("failed", error.__name__) == (events[-1]["outcome"], events[-1]["error_type"])


def test_an_attempt_that_was_not_entered_is_recorded(events: Captured) -> None:
    """An attempt that was not entered is recorded when the next one is asked for."""
    with telemetry.skill_run("x") as run:
        for attempt in run.attempts(max=2):
            attempt.passed = False
        for attempt in run.attempts(max=5):
            attempt.passed = True
            break
    assert [(1, 2, False), (2, 2, False), (1, 5, True)] == _turns(events)


def test_leaving_the_loop_is_no_escalation(events: Captured) -> None:
    """Leaving the loop is no escalation."""
    with telemetry.skill_run("x") as run:
        for attempt in run.attempts(max=3):
            with attempt:
                break
    assert [(1, 3, None)] == _turns(events)
    assert "succeeded" == events.one("skill_run_finished")["outcome"]


def test_a_loop_goes_on_in_the_next_process(events: Captured) -> None:
    """A loop over several calls goes on at its number, and so does a chain of edits."""
    with telemetry.skill_run("x", run_id="run_1") as run:
        for attempt in run.attempts(max=3, first=3):
            with attempt:
                attempt.passed = True
        edit = run.edit_chain("e1", attempts=2)
        edit.attempt("hashline", success=True)
    assert [(3, 3, True)] == _turns(events)
    assert ("e1", 3, True) == tuple(
        events.one("edit_format")[name] for name in ("edit_id", "attempt", "final")
    )


def test_attempts_work_in_async_code_and_outside_of_any_run(events: Captured) -> None:
    """Attempts work in async code and outside of any run, where nothing can escalate."""

    async def main() -> None:
        for attempt in telemetry.attempts(max=2):
            async with attempt:
                await asyncio.sleep(0)

    asyncio.run(main())
    assert [(1, 2, None), (2, 2, None)] == _turns(events)


@pytest.mark.parametrize("number", [None, "3", 2.5, True])
def test_an_odd_maximum_does_not_reach_the_skill(number: object) -> None:
    """A maximum that is none does not reach the skill."""
    with capture(strict=False) as events:
        for attempt in telemetry.attempts(max=number, retry_on=3):  # type: ignore[arg-type]
            with attempt:
                attempt.passed = True
    assert [(1, 3, True)] == _turns(events)


def test_a_chain_numbers_its_attempts_and_ends_with_a_success(events: Captured) -> None:
    """A chain numbers its attempts, whatever formats they use, and ends with a success."""
    with telemetry.skill_run("x") as run:
        edit = run.edit_chain()
        fallback = edit.attempt("hashline", success=False) or edit.attempt("edit", success=True)
        assert fallback
        run.edit_chain().attempt("whole", success=False, final=True)
    first, second, other = events.of("edit_format")
    assert first["edit_id"] == second["edit_id"] == edit.edit_id != other["edit_id"]
    assert [(1, None), (2, True), (1, True)] == [
        (each["attempt"], each.get("final")) for each in (first, second, other)
    ]


def test_chunks_know_their_wave(events: Captured) -> None:
    """Chunks know the wave that their index and the number of workers put them in."""
    with telemetry.skill_run("x") as run:
        rlm = run.rlm(total=7, size=50_000, workers=3)
        for index in range(7):
            with rlm.chunk(index) as chunk:
                chunk.tokens = index
        with telemetry.rlm(size=10, unit="lines").chunk(0):
            pass
    assert [1, 1, 1, 2, 2, 2, 3, None] == [each.get("wave") for each in events.of("rlm_chunk")]
    parallel, sequential = events.of("rlm_chunk")[0], events.of("rlm_chunk")[-1]
    assert ("parallel", "chars", 50_000, 7, True) == tuple(
        parallel[name] for name in ("mode", "unit", "size", "total", "success")
    )
    assert ("sequential", "lines") == (sequential["mode"], sequential["unit"])


def test_a_chunk_fails_by_an_exception_or_by_word(events: Captured) -> None:
    """A chunk fails by an exception, which goes on, or by word."""

    def body() -> None:
        with telemetry.rlm_chunk(0):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        body()
    with telemetry.rlm_chunk(1) as chunk:
        chunk.fail("RateLimit")
    assert [(False, "TimeoutError"), (False, "RateLimit")] == [
        (each["success"], each["error_type"]) for each in events
    ]
