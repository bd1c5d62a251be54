"""Four numbers that say how it goes: sums of rows that the report has, nothing new."""

from __future__ import annotations

from typing import NamedTuple

from ..words import counted
from . import figures
from .section import Parts
from .sections.edits.rows import EditRow
from .sections.iterations.rows import IterationRow
from .sections.overview.rows import Totals
from .sections.skills.rows import SkillRow


class KeyFigure(NamedTuple):
    """A number of a report.

    Attributes:
        title: what it is.
        value: the number; – when it is unknown.
        note: what it is of, or what would give it.
    """

    title: str
    value: str
    note: str


def key_figures(parts: Parts, totals: Totals) -> list[KeyFigure]:
    """Those of the overview's rows."""
    return [
        _succeeded(parts["skills"]),
        _cost(parts["skills"], totals),
        _given_up(parts["iterations"]),
        _edits(parts["edits"]),
    ]


def _rate(title: str, part: int, whole: int, nothing: str) -> KeyFigure:
    if not whole:
        return KeyFigure(title, figures.UNKNOWN, nothing)
    return KeyFigure(title, figures.share(part / whole), f"{part:,} of {whole:,}")


def _succeeded(rows: list[SkillRow]) -> KeyFigure:
    succeeded = sum(row.succeeded or 0 for row in rows)
    ended = sum(row.ended for row in rows)
    return _rate("Runs that succeed", succeeded, ended, "no run has ended yet")


def _cost(rows: list[SkillRow], totals: Totals) -> KeyFigure:
    known = [row.cost for row in rows if row.cost is not None]
    cost = figures.money(sum(known) if known else None)
    note = "while a skill was active" if known else "no cost of a skill is known"
    if totals.cost is not None:
        note += f"; {figures.money(totals.cost)} in all"
    return KeyFigure("Skill cost", cost, note)


def _given_up(rows: list[IterationRow]) -> KeyFigure:
    loops = sum(row.runs for row in rows if row.verdicts)
    if not loops:
        return KeyFigure("Loops given up", figures.UNKNOWN, "no loop was recorded yet")
    given_up = sum(row.max_reached for row in rows if row.verdicts)
    share = figures.share(given_up / loops)
    return KeyFigure(
        "Loops given up", figures.count(given_up), f"{share} of {counted(loops, 'loop')}"
    )


def _edits(rows: list[EditRow]) -> KeyFigure:
    edits = sum(row.edits for row in rows)
    right = sum(round((row.first_try_rate or 0) * row.edits) for row in rows)
    return _rate("Edits right first time", right, edits, "no edit was tried yet")
