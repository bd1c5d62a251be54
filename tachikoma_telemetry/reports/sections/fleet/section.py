"""The section `fleet`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...query import records, row_of
from ...section import Part, Request, Section, part
from . import sheet
from .machine_state import machine_state
from .rows import MachineRow, SkillVersionRow, UnusedEverywhereRow

_MOST_NAMES = 20
_MACHINES = {
    **dict.fromkeys(("machine", "person"), "TEXT"),
    **dict.fromkeys(("exported", "usual_gap_ms"), "INTEGER"),
    "version": "TEXT",
}
# Which machine a row is of: only in the tables of several.
_SESSIONS = (
    "SELECT session_id, {} AS machine, coalesce(updated, created) AS active FROM main.sessions"
)
_USES = "SELECT metric_id, {} AS machine FROM main.skill_metrics"


def _prepare(request: Request[None]) -> None:
    """Make the tables that the .sql files read; in the store of one machine they are empty."""
    store = request.store
    found = store.machines
    store.keep(
        "fleet_machines",
        _MACHINES,
        [(m.machine, m.person, m.exported, m.usual_gap_ms, m.version) for m in found],
    )
    store.keep(
        "fleet_installed",
        dict.fromkeys(("machine", "skill", "id"), "TEXT"),
        [(m.machine, skill, id) for m in found for skill, id in m.installed or ()],
    )
    for name, sql in (("fleet_sessions", _SESSIONS), ("fleet_uses", _USES)):
        machine = "machine" if found else "source"
        store.keep_query(name, sql.format(machine) + ("" if found else " WHERE 1 = 0"))


def _machines(request: Request[None]) -> list[MachineRow]:
    if not request.store.machines:
        return []
    return [
        row_of(
            MachineRow,
            each,
            state=machine_state(
                request.now_ms, each["last_export"], each["last_activity"], each["usual_gap_ms"]
            ),
        )
        for each in records(request.store, __package__, "fleet")
    ]


def _skills(request: Request[None]) -> list[SkillVersionRow]:
    if not request.store.machines:
        return []
    found = records(request.store, __package__, "fleet_versions")
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for each in found:
        about = each["skill"], each["person"]
        if about not in newest or (each["last"] or 0) > (newest[about]["last"] or 0):
            newest[about] = each
    versions: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for each in found:
        each["has_it"] = newest[each["skill"], each["person"]] is each
        versions.setdefault((each["skill"], each["version"]), []).append(each)
    made = [_version(*about, each) for about, each in versions.items()]
    return sorted(made, key=lambda row: (row.skill, -(row.first_seen or 0)))


def _version(skill: str, version: str | None, used: Iterable[dict[str, Any]]) -> SkillVersionRow:
    used = [*used]
    who = sorted(each["person"] for each in used if each["has_it"])
    sums = {
        name: sum(each[name] for each in used)
        for name in ("loads", "runs", "finished", "succeeded")
    }
    rate = sums["succeeded"] / sums["finished"] if sums["finished"] else None
    return row_of(
        SkillVersionRow,
        sums,
        skill=skill,
        version=version,
        have_it=len(who),
        who=who[:_MOST_NAMES],
        people=len(used),
        success_rate=rate,
        first_seen=min((each["first"] for each in used if each["first"] is not None), default=None),
        last_seen=max((each["last"] for each in used if each["last"] is not None), default=None),
    )


SECTION: Section[None] = Section(
    name="fleet",
    question="of several machines: which still report, who has which version, what no one uses",
    parts={
        "fleet": Part(MachineRow, _machines),
        "fleet_skills": Part(SkillVersionRow, _skills, in_brief=False),
        "fleet_unused": part(__package__, "fleet_unused", UnusedEverywhereRow, in_brief=False),
    },
    blocks=sheet.blocks,
    brief=lambda parts: sheet.machines(parts["fleet"]),
    empty="This is the store of one machine. Of many, `export parquet --to PLACE` on each, then "
    "`report fleet --source PLACE` shows which of them report, and who has which version.",
    needs=("session_projects", "version_spans", "run_versions", "skill_uses"),
    prepare=_prepare,
    shows_times=True,
    answers_when_empty=True,
    hidden_when_empty=True,
    columns=(*sheet.MACHINES, *sheet.SKILLS, *sheet.UNUSED),
    headings={
        "version": "SHA-256 of its text, how it begins",
        "ever": "people who ever used this version",
        "people": "people who work on them",
    },
)
