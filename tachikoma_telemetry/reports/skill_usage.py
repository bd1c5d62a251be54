"""The two functions of Tachikoma's old dashboard, with its fields and without its bugs.

They read the unified store, so they show what the last merge found. An invocation is a load of a
skill: a call of the tool `skill`, or of `skills_<name>`, or a skill that the user chose; no
other tool with "skill" in its name. A fork's copies are not counted again, and a load that
still runs is in no rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import project
from ..store.store import store_at
from .engine import SqliteEngine
from .query import records
from .sections import skills
from .selection.filters import Filters
from .selection.views import prepare


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill that one session loaded.

    Attributes:
        name: the skill.
        session_id: the session.
        time_loaded: start of its first load, ms since the epoch; None when not known.
        invocation_count: its loads, failed ones included.
        last_used: start of its last load, ms since the epoch; None when not known.

    """

    name: str
    session_id: str
    time_loaded: int | None
    invocation_count: int
    last_used: int | None


@dataclass(slots=True)
class SkillUsage:
    """What a skill was used for, over sessions.

    Attributes:
        total_invocations: its loads, failed and running ones included.
        total_duration_ms: of the loads that ended, together, in ms.
        sessions: ids of the sessions that loaded it, in order of first use.
        first_used: start of its first load, ms since the epoch; None when not known.
        last_used: start of its last load, likewise.
        success_count: loads that succeeded.
        failure_count: loads that failed or were aborted, as `failed_loads` of the section `skills`.
        session_count: how many sessions.
        avg_duration_ms: mean over the loads that ended, in ms; None when none did.
        success_rate: success_count over success_count + failure_count, 0–1; None without either.

    """

    total_invocations: int = 0
    total_duration_ms: int = 0
    sessions: list[str] = field(default_factory=list)
    first_used: int | None = None
    last_used: int | None = None
    success_count: int = 0
    failure_count: int = 0
    session_count: int = 0
    avg_duration_ms: float | None = None
    success_rate: float | None = None


def get_session_skills(session_id: str, *, store: Path | str | None = None) -> list[Skill]:
    """The skills that a session loaded, in order of their first load.

    Args:
        session_id: OpenCode's id; an unknown one has no skills.
        store: the unified store; None is the current project's.

    Raises:
        StoreError: when there is a store, but it can't be read.

    """
    loads: dict[str, list[dict[str, Any]]] = {}
    for load in _loads(store, Filters()):
        if load["session_id"] == session_id:
            loads.setdefault(load["skill"], []).append(load)
    skills = []
    for name, of_skill in loads.items():
        first, last = _ends(of_skill)
        skills.append(Skill(name, session_id, first, len(of_skill), last))
    return skills


def get_skill_usage_stats(
    cwd: Path | str | None = None, *, store: Path | str | None = None
) -> dict[str, SkillUsage]:
    """What each skill was used for, by its name, the most used first.

    Args:
        cwd: only sessions in this folder or below; None is all that the store holds.
        store: the unified store; None is the current project's.

    Raises:
        StoreError: when there is a store, but it can't be read.

    """
    usage: dict[str, SkillUsage] = {}
    ended: dict[str, int] = {}
    for load in _loads(store, Filters(directory=str(cwd) if cwd is not None else None)):
        of = usage.setdefault(load["skill"], SkillUsage())
        of.total_invocations += 1
        of.success_count += load["outcome"] == "succeeded"
        of.failure_count += load["outcome"] not in ("succeeded", "running")
        if load["load_ms"] is not None:
            of.total_duration_ms += load["load_ms"]
            ended[load["skill"]] = ended.get(load["skill"], 0) + 1
        if load["session_id"] is not None and load["session_id"] not in of.sessions:
            of.sessions.append(load["session_id"])
        if load["started"] is not None:
            of.first_used = load["started"] if of.first_used is None else of.first_used
            of.last_used = load["started"]
    for name, of in usage.items():
        of.session_count = len(of.sessions)
        if name in ended:
            of.avg_duration_ms = of.total_duration_ms / ended[name]
        if finished := of.success_count + of.failure_count:
            of.success_rate = of.success_count / finished
    return dict(sorted(usage.items(), key=lambda each: (-each[1].total_invocations, each[0])))


def _ends(loads: list[dict[str, Any]]) -> tuple[int | None, int | None]:
    starts = [load["started"] for load in loads if load["started"] is not None]
    return (starts[0], starts[-1]) if starts else (None, None)


def _loads(store: Path | str | None, filters: Filters) -> list[dict[str, Any]]:
    path = Path(store) if store is not None else project.store_path(project.find_root())
    if not path.exists():
        return []
    with store_at(path) as connection:
        engine = SqliteEngine(connection)
        prepare(engine, filters, now_ms=0, minimum=0, needs=())
        return records(engine, skills.__name__, "loads")
