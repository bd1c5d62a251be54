"""How durations are spread: rows beside the sections `tools` and `skills`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount

_LOW = amount("lower edge of the bin, inside it, ms")
_HIGH = amount("upper edge of the bin, outside it, ms; null: the last bin is open")


@dataclass(frozen=True, slots=True)
class ToolDurationRow:
    """The finished calls of one tool that took about the same time; empty bins have no row."""

    tool: Annotated[
        str | None, Meaning("the tool; of an invalid call, the one it asked; null when not named")
    ]
    low_ms: Annotated[int, _LOW]
    high_ms: Annotated[int | None, _HIGH]
    n: Annotated[int, amount("calls, copies in forks not counted again")]


@dataclass(frozen=True, slots=True)
class RunDurationRow:
    """The runs of one skill that took about the same time; empty bins have no row."""

    skill: Annotated[str | None, Meaning("the skill's name; null for runs that gave none")]
    low_ms: Annotated[int, _LOW]
    high_ms: Annotated[int | None, _HIGH]
    n: Annotated[int, amount("runs")]
