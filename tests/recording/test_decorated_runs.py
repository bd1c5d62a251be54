"""Runs that are a function: decorated ones, coroutines and generators."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.testing import Captured


@pytest.mark.parametrize(
    ("returned", "outcome", "reason"),
    [
        (0, "succeeded", None),
        (None, "succeeded", None),
        ("a text", "succeeded", None),
        (1, "failed", "exit 1"),
        (137, "failed", "exit 137"),
    ],
)
def test_a_function_that_returns_its_exit_code(
    events: Captured, returned: object, outcome: str, reason: str | None
) -> None:
    """`exit_code=True` is for `sys.exit(main())`: an int other than 0 is a failure."""

    @telemetry.skill_run("x", exit_code=True)
    def main() -> object:
        return returned

    @telemetry.skill_run("x", exit_code=True)
    async def later() -> object:
        return returned

    assert returned == main() == asyncio.run(later())
    for end in events.of("skill_run_finished"):
        assert (outcome, reason) == (end["outcome"], end.get("reason"))


def test_a_returned_exit_code_overrules_nothing(events: Captured) -> None:
    """What the function says of its run holds; without `exit_code` an int is just a result."""

    @telemetry.skill_run("x", exit_code=True)
    def main() -> int:
        telemetry.escalate("max_iterations")
        return 1

    @telemetry.skill_run("x")
    def count() -> int:
        return 1

    assert main() == count() == 1
    ends = events.of("skill_run_finished")
    assert ["escalated", "succeeded"] == [end["outcome"] for end in ends]


def test_decorated_functions_keep_name_result_and_kind(events: Captured) -> None:
    """Bare and called, on functions and coroutines: the name, the result and the kind stay."""

    @telemetry.skill_run
    def bare(a: int) -> int:
        """A docstring."""
        telemetry.retry()
        return a + 1

    @telemetry.skill_run("named", model="m", size=3)
    async def named(a: int) -> int:
        await asyncio.sleep(0)
        telemetry.retry()
        return a + 2

    assert (2, 3) == (bare(1), asyncio.run(named(1)))
    assert ("bare", "A docstring.") == (bare.__name__, bare.__doc__)
    assert inspect.iscoroutinefunction(named)
    assert ["bare", "named"] == [each["skill"] for each in events.of("retry")]
    assert [{}, {"size": 3}] == [
        each.get("attributes", {}) for each in events.of("skill_run_started")
    ]


def test_a_function_that_calls_itself_is_a_run_inside_a_run(events: Captured) -> None:
    """A decorated function that calls itself is a run inside a run."""

    @telemetry.skill_run("down")
    def down(depth: int) -> None:
        if depth:
            down(depth - 1)

    down(2)
    started, ended = events.of("skill_run_started"), events.of("skill_run_finished")
    assert [each["run_id"] for each in started] == [each["run_id"] for each in reversed(ended)]
    assert started[0]["run_id"] == started[1]["parent_run_id"]


def test_the_run_of_a_generator_lasts_until_it_is_exhausted(events: Captured) -> None:
    """A generator's run lasts until it is exhausted, and is not current in its consumer."""

    @telemetry.skill_run("numbers")
    def numbers() -> Iterator[int]:
        got = yield 1
        telemetry.retry(reason=got)
        yield 2

    assert inspect.isgeneratorfunction(numbers)
    generator = numbers()
    assert [] == events
    assert 1 == next(generator)
    assert telemetry.current() is None
    assert 2 == generator.send("sent")
    assert [] == list(generator)
    assert ("numbers", "sent") == (events[1]["skill"], events[1]["reason"])
    assert "succeeded" == events.one("skill_run_finished")["outcome"]


def test_a_generator_left_early_was_cancelled(events: Captured) -> None:
    """A generator that is closed early was cancelled; one that raises failed; throw goes inside."""

    @telemetry.skill_run("numbers")
    def numbers() -> Iterator[int]:
        try:
            yield 1
            yield 2
        except KeyError:
            yield 3
        raise ValueError

    for _ in numbers():
        break
    generator = numbers()
    next(generator)
    assert 3 == generator.throw(KeyError)  # type: ignore[attr-defined]
    with pytest.raises(ValueError):
        next(generator)
    assert ["cancelled", "failed"] == [each["outcome"] for each in events.of("skill_run_finished")]


def test_the_run_of_an_async_generator_lasts_as_long(events: Captured) -> None:
    """The same for async generators, also when the loop closes them."""

    @telemetry.skill_run("numbers")
    async def numbers() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(0)
        telemetry.retry()
        yield 2

    async def consume() -> list[int]:
        async for first in numbers():
            assert 1 == first
            assert telemetry.current() is None
            break
        return [number async for number in numbers()]

    assert inspect.isasyncgenfunction(numbers)
    assert [1, 2] == asyncio.run(consume())
    assert "numbers" == events.one("retry")["skill"]
    assert ["cancelled", "succeeded"] == sorted(
        each["outcome"] for each in events.of("skill_run_finished")
    )
