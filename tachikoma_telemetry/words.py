"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun: 1 run, 2 runs, 1,234 copies."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
