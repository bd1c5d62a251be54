"""The loops that skills really have, recording themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from ..clock import ms_since, steady_ns
from ..errors import TelemetryError
from ..vocabulary import ids
from .problems import problem

if TYPE_CHECKING:
    from .events import Events

_MAX = 3


class Attempt:
    """One turn of an `Attempts` loop. Set the result before the block ends.

    Attributes:
        number: which attempt, from 1.
        passed: True ends the loop; False or None leads to the next attempt.
        failed_criteria: names of the criteria that failed.
        score: 0–1.
        tokens: tokens used.

    """

    def __init__(self, loop: Attempts, number: int) -> None:
        self._loop = loop
        self._began = steady_ns()
        self._told = False
        self.number = number
        self.passed: bool | None = None
        self.failed_criteria: Iterable[str] | None = None
        self.score: float | None = None
        self.tokens: int | None = None

    def __enter__(self) -> Attempt:
        self._began = steady_ns()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        return self._tell(error)

    async def __aenter__(self) -> Attempt:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        return self.__exit__(kind, error, trace)

    def _tell(self, error: BaseException | None) -> bool:
        if self._told:
            return False
        self._told = True
        return self._loop._attempted(self, ms_since(self._began), error)


class Attempts:
    """Iterate attempts until one passes; iterations, retries and the escalation record themselves.

        for attempt in run.attempts(max=3, stage="verify"):
            with attempt:
                attempt.passed = verify(draft)

    Each attempt is an `iteration` event. An exception named in `retry_on` counts as an attempt that
    did not pass, records a `retry`, and the loop goes on; the exception of the last attempt, and
    every other one, leaves the loop. When `max` is reached without a pass, the run is escalated
    with the reason ``max_iterations``. Leaving the loop early, by ``break`` or ``return``, ends it
    without a word. Without the ``with``, an attempt lasts until the next one is asked for.

    Attributes:
        passed: whether the last attempt passed.

    """

    def __init__(
        self,
        events: Events,
        max: int,
        stage: str,
        first: int,
        retry_on: type[Exception] | tuple[type[Exception], ...],
    ) -> None:
        if isinstance(max, bool) or not isinstance(max, int):
            problem(f"the number of attempts is no whole number; {_MAX} are made")
            max = _MAX
        try:
            retry_on = tuple(retry_on) if isinstance(retry_on, list) else retry_on
            isinstance(None, retry_on)
        except TypeError:
            problem("retry_on names no exception classes; ignored")
            retry_on = ()
        self._events = events
        self._max = max
        self._stage = stage
        self._first = first if isinstance(first, int) else 1
        self._retry_on = retry_on
        self.passed = False

    def __iter__(self) -> Iterator[Attempt]:
        for number in range(self._first, self._max + 1):
            attempt = Attempt(self, number)
            try:
                yield attempt
            except GeneratorExit:
                if attempt.passed is not None:
                    attempt._tell(None)
                raise
            attempt._tell(None)
            if self.passed:
                return
        self._events._exhaust()

    def _attempted(self, attempt: Attempt, duration: float, error: BaseException | None) -> bool:
        """Record an attempt; whether its exception leads to the next one."""
        if error is not None and not isinstance(error, Exception):
            return False  # cancelled: no verdict was reached
        self.passed = error is None and attempt.passed is not None and bool(attempt.passed)
        goes_on = isinstance(error, self._retry_on) and attempt.number < self._max
        try:
            self._events.iteration(
                self._stage,
                attempt.number,
                self._max,
                False if error is not None else attempt.passed,
                failed_criteria=attempt.failed_criteria,
                score=attempt.score,
                tokens=attempt.tokens,
                duration_ms=duration,
            )
            if goes_on:
                self._events.retry(
                    "exception", attempt.number + 1, self._max, error_type=type(error).__name__
                )
        except TelemetryError:
            if error is None:  # strict mode, too, lets the body's exception through
                raise
        return goes_on


class EditChain:
    """Number the attempts of one edit, whatever formats they use.

        edit = run.edit_chain()
        if not edit.attempt("hashline", success=apply_hashline()):
            edit.attempt("str_replace", success=apply_replace(), final=True)

    Attributes:
        edit_id: the edit's name; hand it to another process to go on there.
        attempts: how many were recorded.

    """

    def __init__(self, events: Events, edit_id: str | None, *, attempts: int = 0) -> None:
        self._events = events
        self.edit_id = edit_id or ids.edit_id()
        self.attempts = attempts

    def attempt(
        self,
        format: str,
        success: bool,
        *,
        final: bool | None = None,
        tokens: int | None = None,
        duration_ms: float | None = None,
        error_type: str | None = None,
        model: str | None = None,
        edit_call_id: str | None = None,
        **attributes: object,
    ) -> bool:
        """Record one attempt; returns `success`, so that a fallback chain reads as one.

        Args:
            format: the edit format.
            success: whether it succeeded; a success is the final attempt.
            final: whether no further attempt follows.
            tokens: tokens the attempt cost.
            duration_ms: ms.
            error_type: class name of the error.
            model: ``provider/model``; None is the model of the context.
            edit_call_id: the OpenCode call that was this attempt, if it was one.
            **attributes: small scalars.

        """
        self.attempts += 1
        self._events.edit(
            format,
            success,
            edit_id=self.edit_id,
            attempt=self.attempts,
            final=True if success else final,
            tokens=tokens,
            duration_ms=duration_ms,
            error_type=error_type,
            model=model,
            edit_call_id=edit_call_id,
            derived=None,
            **attributes,
        )
        return success
