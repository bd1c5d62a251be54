"""The section `fleet` as users read it: machines, versions of skills, and what no one uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, Tone, name
from ...section import Parts
from .rows import MachineRow

_TONES: dict[str, Tone] = {
    "stopped": "bad",
    "clock ahead": "doubtful",
    "idle": "faint",
    "reporting": "good",
}


def _names(who: Sequence[str], many: int) -> Cell:
    more = f" and {many - len(who):,} more" if many > len(who) else ""
    return Cell(", ".join(map(visible, who)) + more)


MACHINES = [
    Column("machine", name, "machine", "strong", right=False, shrink=16),
    Column("whose", name, "person", right=False, shrink=12),
    Column("", lambda row: Cell(row.state, _TONES[row.state]), right=False),
    Column("sessions", figures.count, "sessions"),
    Column("last export", figures.moment, "last_export"),
    Column("usual gap", figures.duration, "usual_gap_ms", drop=2),
    Column("last activity", figures.moment, "last_activity", drop=1),
    Column("exported by", name, "version", right=False, drop=3),
]
SKILLS = [
    Column("skill", name, "skill", "strong", right=False, shrink=16),
    Column("version", lambda row: name((row.version or "")[:8] or None), right=False),
    Column("have it", figures.count, "have_it"),
    Column("who", _names, ("who", "have_it"), right=False, drop=1, shrink=16),
    Column("ever", figures.count, "people", drop=5),
    Column("loads", figures.count, "loads", drop=4),
    Column("runs", figures.count, "runs"),
    Column("succeeded", figures.share, "success_rate"),
    Column("first seen", figures.moment, "first_seen", drop=3),
    Column("last seen", figures.moment, "last_seen", drop=2),
]
UNUSED = [
    Column("skill", name, "skill", "strong", right=False, shrink=16),
    Column("machines", figures.count, "machines"),
    Column("people", figures.count, "people"),
]
_COMPARE = (
    "`report compare --source PLACE` says which version works better, with people as the units."
)


def blocks(parts: Parts) -> list[Block]:
    """Machines, versions and unused skills."""
    shown = machines(parts["fleet"])
    if parts["fleet_skills"]:
        shown += [Heading("version of each skill"), Sheet(SKILLS, parts["fleet_skills"])]
        shown.append(Sentence(_COMPARE, "faint", code=True))
    if parts["fleet_unused"]:
        shown += [Heading("installed, and used by no one"), Sheet(UNUSED, parts["fleet_unused"])]
    return shown


def machines(rows: Sequence[MachineRow]) -> list[Block]:
    """How many there are, and each; those that need a look first."""
    many: Counter[str] = Counter(row.state for row in rows)
    counts = ", ".join(f"{many[state]:,} {state}" for state in _TONES if many[state])
    people = len({row.person for row in rows})
    of = f"{counted(len(rows), 'machine')} of {people:,} {'person' if people == 1 else 'people'}"
    order = [*_TONES]
    return [
        Sentence(f"{of}: {counts}."),
        Sheet(MACHINES, sorted(rows, key=lambda row: order.index(row.state))),
    ]
