"""What a check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "bad"]


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

    def __str__(self) -> str:
        text = f"{self.area:<10} {self.text}"
        if self.fix is None:
            return text
        return f"{text}{'; ' if ': ' in self.text else ': '}{self.fix}"
