"""Numbers in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from .visible import visible

_KINDS_SHOWN = 5


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun: 1 run, 2 runs, 1,234 copies."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def unknown_rows(kinds: Mapping[str, int]) -> str:
    """How many rows of unknown kinds OpenCode wrote, and of which (name of each → how many)."""
    shown = [f"{visible(kind)} ({many:,})" for kind, many in list(kinds.items())[:_KINDS_SHOWN]]
    more = len(kinds) - len(shown)
    rows = counted(sum(kinds.values()), "row")
    text = f"{rows} of a kind that this version does not know: {', '.join(shown)}"
    return f"{text} and {counted(more, 'more kind')}" if more else text
