"""`skill_run` as a decorator: of functions, coroutines, generators and async generators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from .run import Run, current_run, end, leave

P = ParamSpec("P")
R = TypeVar("R")


def decorate(begin: Callable[[], Run], function: Callable[P, R]) -> Callable[P, R]:
    """`function`, each call of which is a run that `begin` begins."""
    wrapper: Any
    if inspect.iscoroutinefunction(function):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with _running(begin) as run:
                result = await function(*args, **kwargs)
                run._returned(result)
                return result

    elif inspect.isasyncgenfunction(function):
        wrapper = _async_generator(begin, function)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(begin, function)
    else:

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with _running(begin) as run:
                result = function(*args, **kwargs)
                run._returned(result)
                return result

    decorated: Callable[P, R] = functools.wraps(function)(wrapper)
    return decorated


# Of a generator, the run is current only while the generator's own code runs: a context variable
# set inside a generator would stay set in its consumer between two items.


def _generator(begin: Callable[[], Run], function: Any) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = begin()
        try:
            with _current(run):
                inner = function(*args, **kwargs)
            step, given = inner.send, None
            while True:
                try:
                    with _current(run):
                        item = step(given)
                except StopIteration as stop:
                    result = stop.value
                    break
                try:
                    step, given = inner.send, (yield item)
                except GeneratorExit:
                    with _current(run):
                        inner.close()
                    raise
                except BaseException as thrown:
                    step, given = inner.throw, thrown
        except BaseException as error:
            end(run, error)
            raise
        run._returned(result)
        end(run, None)
        return result

    return wrapper


def _async_generator(begin: Callable[[], Run], function: Any) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = begin()
        try:
            with _current(run):
                inner = function(*args, **kwargs)
            step, given = inner.asend, None
            while True:
                try:
                    with _current(run):
                        item = await step(given)
                except StopAsyncIteration:
                    break
                try:
                    step, given = inner.asend, (yield item)
                except GeneratorExit:
                    with _current(run):
                        await inner.aclose()
                    raise
                except BaseException as thrown:
                    step, given = inner.athrow, thrown
        except BaseException as error:
            end(run, error)
            raise
        end(run, None)

    return wrapper


@contextmanager
def _running(begin: Callable[[], Run]) -> Iterator[Run]:
    run = begin()
    try:
        with _current(run):
            yield run
    except BaseException as error:
        end(run, error)
        raise
    end(run, None)


@contextmanager
def _current(run: Run) -> Iterator[None]:
    token = current_run.set(run)
    try:
        yield
    finally:
        leave(token)
