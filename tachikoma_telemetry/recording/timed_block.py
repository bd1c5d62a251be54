"""A ``with`` or ``async with`` block that is timed, and in which code sets what it knows."""

from __future__ import annotations

from typing import ClassVar, Self

from ..clock import ms_since, steady_ns
from .misspelling import no_such
from .problems import problem


class TimedBlock:
    """An object whose misspelt attributes are reported, and which knows how long it has lasted."""

    _called: ClassVar[str]
    _set: ClassVar[tuple[str, ...]]

    def __setattr__(self, name: str, value: object) -> None:
        if name in self._set or name[0] == "_":
            object.__setattr__(self, name, value)
        else:
            problem(no_such(self._called, name, self._set))

    def __init__(self) -> None:
        self._began = steady_ns()

    def __enter__(self) -> Self:
        self._began = steady_ns()
        return self

    async def __aenter__(self) -> Self:
        return self.__enter__()

    def _lasted(self) -> float:
        """How long (ms), since it was made or entered."""
        return ms_since(self._began)
