"""A team whose people have used two versions of a skill, and what each of them exported."""

from __future__ import annotations

from pathlib import Path

from ..reports_store import DAY, HOUR, NOW, ReportsStore
from .exports import export_as

OLD, NEW = "aa" * 32, "bb" * 32


def skill_store(name: str, versions: dict[str, tuple[int, int]], since: int = 90) -> ReportsStore:
    """What one of a team did: in each version so many runs, a session each, the first ones well."""
    store, at = ReportsStore(), NOW - since * DAY
    for version, (good, runs) in versions.items():
        for number in range(runs):
            session, at = f"{name}-{version[:2]}-{number}", at + HOUR
            store.session(session, project_id="shop", created=at)
            store.load(
                session_id=session, started=at, skill_version=version, metric_id=f"load:{session}"
            )
            store.run(
                outcome="succeeded" if number < good else "failed",
                session_id=session,
                started=at + 1,
                run_id=session,
                metric_id=f"run:{session}",
            )
            format, right = ("hashline", 1) if number % 2 else ("whole", int(number < good))
            store.edit(
                (format, right), session_id=session, edit=session, attempt_id=f"event:{session}"
            )
    return store


def team(folder: Path, people: int, old: tuple[int, int], new: tuple[int, int]) -> None:
    """A team that has used both versions, a machine each."""
    for number in range(people):
        made = skill_store(f"p{number}", {OLD: old, NEW: new}, since=90 - number)
        export_as(f"p{number}", made.connection, folder)
