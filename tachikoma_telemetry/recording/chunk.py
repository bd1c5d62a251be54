"""One chunk of a recursive language model run, timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import TelemetryError
from .misspelling import forgiving
from .timed_block import TimedBlock


class Chunk(TimedBlock):
    """One chunk in progress. Set what you know of it before the block ends.

    Attributes:
        size: in the chunk's unit.
        tokens: tokens it used.
        accuracy: 0–1.
        success: None becomes True when the block ends without an exception.
        error_type: class name of the error; an exception that leaves the block sets it.
        id: the event's id, once the block has ended.

    """

    _called = "a chunk"
    _set = ("size", "tokens", "accuracy", "success", "error_type", "id")

    def __init__(
        self,
        record: Callable[[str, Mapping[str, object], Mapping[str, object]], str],
        fields: Mapping[str, Any],
        attributes: Mapping[str, object],
    ) -> None:
        super().__init__()
        self._record = record
        self._fields = fields
        self._attributes = attributes
        self.size: int | None = fields["size"]
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

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        duration = self._lasted()
        if error is not None:
            self.fail(type(error).__name__)
        fields = {
            **self._fields,
            "size": self.size,
            "unit": self._fields["unit"] if self.size is not None else None,
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

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.__exit__(kind, error, trace)
