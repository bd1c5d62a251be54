"""What a check of the doctor found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...errors import TachikomaError

State = Literal["ok", "warn", "bad"]
_MARKS: Mapping[State, str] = {"ok": "✓", "warn": "!", "bad": "✗"}


_AREA = 10
INDENT = 2 + _AREA + 1
"""Where the text of a line begins."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor.

    Attributes:
        area: what was checked; empty for a line that goes on with the one before.
        state: `ok`; `warn` when something is missing that recording works without; `bad` when
            something can't be read.
        text: what was found.
        fix: what to do about it; None when there is nothing to do, or the text says it.
    """

    area: str
    state: State
    text: str
    fix: str | None = None

    @classmethod
    def of_error(cls, area: str, error: TachikomaError, state: State = "bad") -> Finding:
        """What an error says: errors are written as "what is wrong; what to do"."""
        text, _, fix = str(error).partition("; ")
        return cls(area, state, text, fix or None)

    def __str__(self) -> str:
        text = f"{_MARKS[self.state]} {self.area:<{_AREA}} {self.text}"
        return text if self.fix is None else f"{text} → {self.fix}"
