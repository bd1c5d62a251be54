"""The section `findings` as users read it: a mark, a sentence, and the command behind it."""

from __future__ import annotations

from collections.abc import Sequence

from ...blocks import Block, Cell, Column, Sheet, Tone
from .rows import FindingRow, Level

_MARKS: dict[Level, tuple[str, Tone]] = {
    "good": ("▲", "good"),
    "bad": ("✗", "bad"),
    "warning": ("!", "doubtful"),
}


def _command(command: str) -> Cell:
    return Cell(command.removeprefix("tachikoma-telemetry report "), "faint")


COLUMNS = [
    Column("", lambda row: Cell(*_MARKS[row.level]), right=False),
    Column("", lambda row: Cell(f"{row.text}."), right=False, wrap=True, shrink=30),
    Column("report …", _command, "command", right=False, wrap=True, shrink=14),
]


def blocks(rows: Sequence[FindingRow]) -> list[Block]:
    """The findings, and where their numbers are."""
    return [Sheet(COLUMNS, rows)]
