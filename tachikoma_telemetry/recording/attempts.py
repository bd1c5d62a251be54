"""A loop of attempts that records itself: iterations, retries and the escalation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..errors import TelemetryError
from .problems import problem
from .timed_block import TimedBlock

_MAX = 3


class Attempt(TimedBlock):
    """One turn of an `Attempts` loop. Set the result before the block ends.

    Attributes:
        number: which attempt, from 1.
        passed: True ends the loop; False or None leads to the next attempt.
        failed_criteria: names of the criteria that failed.
        score: 0–1.
        tokens: tokens used.
    """

    _called = "an attempt"
    _set = ("number", "passed", "failed_criteria", "score", "tokens")

    def __init__(
        self, record: Callable[[Attempt, float, BaseException | None], bool], number: int
    ) -> None:
        super().__init__()
        self._record = record
        self._recorded = False
        self.number = number
        self.passed: bool | None = None
        self.failed_criteria: Iterable[str] | None = None
        self.score: float | None = None
        self.tokens: int | None = None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if self._recorded:
            return False
        self._recorded = True
        return self._record(self, self._lasted(), error)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return self.__exit__(kind, error, trace)


class Attempts:
    """Iterate attempts until one passes; iterations, retries and the escalation record themselves.

        for attempt in run.attempts(max=3, stage="verify"):
            with attempt:
                attempt.passed = verify(draft)

    Each attempt is an `iteration` event. An exception named in `retry_on` counts as an attempt that
    did not pass, records a `retry`, and the loop goes on; the exception of the last attempt, and
    every other one, leaves the loop. When `max` is reached without a pass, the run is escalated
    with the reason ``max_iterations``. Leaving the loop early, by ``break`` or ``return``, records
    nothing more. Without the ``with``, an attempt lasts until the next one begins.

    Attributes:
        passed: whether the last attempt passed.
    """

    def __init__(
        self,
        iteration: Callable[..., object],
        retry: Callable[..., object],
        exhaust: Callable[[], None],
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
        self._iteration = iteration
        self._retry = retry
        self._exhaust = exhaust
        self._max = max
        self._stage = stage
        self._first = first if isinstance(first, int) else 1
        self._retry_on = retry_on
        self.passed = False

    def __iter__(self) -> Iterator[Attempt]:
        for number in range(self._first, self._max + 1):
            attempt = Attempt(self._attempted, number)
            try:
                yield attempt
            except GeneratorExit:
                if attempt.passed is not None:
                    attempt.__exit__(None, None, None)
                raise
            attempt.__exit__(None, None, None)
            if self.passed:
                return
        self._exhaust()

    def _attempted(self, attempt: Attempt, duration: float, error: BaseException | None) -> bool:
        """Record an attempt; whether its exception leads to the next one."""
        if error is not None and not isinstance(error, Exception):
            return False  # cancelled: no verdict was reached
        self.passed = error is None and attempt.passed is not None and bool(attempt.passed)
        goes_on = isinstance(error, self._retry_on) and attempt.number < self._max
        try:
            self._iteration(
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
                self._retry(
                    "exception", attempt.number + 1, self._max, error_type=type(error).__name__
                )
        except TelemetryError:
            if error is None:  # strict mode, too, lets the body's exception through
                raise
        return goes_on
