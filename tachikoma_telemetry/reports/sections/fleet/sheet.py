"""The section `fleet` as users read it: machines, versions of skills, and what no one uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, Tone, name, number
from ...section import Parts
from .rows import MachineRow, SkillVersionRow, UnusedEverywhereRow

_TONES: dict[str, Tone] = {
    "stopped": "bad",
    "clock ahead": "doubtful",
    "idle": "faint",
    "reporting": "good",
}
_MACHINES: list[Column[MachineRow]] = [
    Column("machine", lambda row: name(row.machine, "strong"), right=False, shrink=16),
    Column("whose", lambda row: name(row.person), right=False, shrink=12),
    Column("", lambda row: Cell(row.state, _TONES[row.state]), right=False),
    Column("sessions", lambda row: number(figures.count(row.sessions))),
    Column("last export", lambda row: number(figures.moment(row.last_export))),
    Column("usual gap", lambda row: number(figures.duration(row.usual_gap_ms)), drop=2),
    Column("last activity", lambda row: number(figures.moment(row.last_activity)), drop=1),
    Column("exported by", lambda row: name(row.version), right=False, drop=3),
]
_SKILLS: list[Column[SkillVersionRow]] = [
    Column("skill", lambda row: name(row.skill, "strong"), right=False, shrink=16),
    Column(
        "version",
        lambda row: name(row.version[:8] if row.version is not None else None),
        right=False,
    ),
    Column("have it", lambda row: number(figures.count(row.have_it))),
    Column("who", lambda row: Cell(_names(row)), right=False, drop=1, shrink=16),
    Column("ever", lambda row: number(figures.count(row.people)), drop=5),
    Column("loads", lambda row: number(figures.count(row.loads)), drop=4),
    Column("runs", lambda row: number(figures.count(row.runs))),
    Column("succeeded", lambda row: number(figures.share(row.success_rate))),
    Column("first seen", lambda row: number(figures.moment(row.first_seen)), drop=3),
    Column("last seen", lambda row: number(figures.moment(row.last_seen)), drop=2),
]
_UNUSED: list[Column[UnusedEverywhereRow]] = [
    Column("skill", lambda row: name(row.skill, "strong"), right=False, shrink=16),
    Column("machines", lambda row: number(figures.count(row.machines))),
    Column("people", lambda row: number(figures.count(row.people))),
]
_COMPARE = (
    "`report compare --source PLACE` says which version works better, with people as the units."
)


def _names(row: SkillVersionRow) -> str:
    more = row.have_it - len(row.who)
    return ", ".join(map(visible, row.who)) + (f" and {more:,} more" if more else "")


def blocks(parts: Parts) -> list[Block]:
    """Machines, versions and unused skills."""
    shown = machines(parts["fleet"])
    if parts["fleet_skills"]:
        shown += [Heading("version of each skill"), Sheet.of(_SKILLS, parts["fleet_skills"])]
        shown.append(Sentence(_COMPARE, "faint", code=True))
    if parts["fleet_unused"]:
        shown += [
            Heading("installed, and used by no one"),
            Sheet.of(_UNUSED, parts["fleet_unused"]),
        ]
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
        Sheet.of(_MACHINES, sorted(rows, key=lambda row: order.index(row.state))),
    ]
