"""One chunk of a recursive language model run, timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

from ..clock import ms_since, steady_ns
from ..errors import TelemetryError
from .misspelt import forgiving, no_such
from .problems import problem

_SET = ("size", "tokens", "accuracy", "success", "error_type", "id")


class Chunk:
    """One chunk in progress. Set what you know of it before the block ends.

    Attributes:
        size: in the chunk's unit.
        tokens: tokens it used.
        accuracy: 0–1.
        success: None becomes True when the block ends without an exception.
        error_type: class name of the error; an exception that leaves the block sets it.
        id: the event's id, once the block has ended.

    """

    def __setattr__(self, name: str, value: object) -> None:
        if name in _SET or name[0] == "_":
            object.__setattr__(self, name, value)
        else:
            problem(no_such("a chunk", name, _SET))

    def __init__(
        self,
        record: Callable[[str, Mapping[str, object], Mapping[str, object]], str],
        size: int | None,
        unit: str,
        fields: Mapping[str, object],
        attributes: Mapping[str, object],
    ) -> None:
        self._record = record
        self._unit = unit
        self._fields = fields
        self._attributes = attributes
        self._began = 0
        self.size = size
        self.tokens: int | None = None
        self.accuracy: float | None = None
        self.success: bool | None = None
        self.error_type: str | None = None
        self.id = ""

    @forgiving
    def fail(self, error_type: str | None = None) -> None:
        """The chunk failed, without an exception."""
        self.success = False
        self.error_type = error_type

    def __enter__(self) -> Chunk:
        self._began = steady_ns()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        duration = ms_since(self._began)
        if error is not None:
            self.fail(type(error).__name__)
        fields = {
            **self._fields,
            "size": self.size,
            "unit": self._unit if self.size is not None else None,
            "success": True if self.success is None else self.success,
            "duration_ms": duration,
            "tokens": self.tokens,
            "accuracy": self.accuracy,
            "error_type": self.error_type,
        }
        try:
            self.id = self._record("rlm_chunk", fields, self._attributes)
        except TelemetryError:
            if error is None:  # strict mode, too, lets the body's exception through
                raise

    async def __aenter__(self) -> Chunk:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)
