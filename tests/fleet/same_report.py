"""Whether two reports say the same, but for the last digits of sums."""

from __future__ import annotations

import dataclasses
import math
import sqlite3
from collections.abc import Iterable
from typing import Any, get_args

from tachikoma_telemetry import reports
from tachikoma_telemetry.fleet.layout import exported_tables
from tachikoma_telemetry.reports import (
    Calendar,
    Comparison,
    Filters,
    Installed,
    InstalledSkill,
    Report,
)
from tachikoma_telemetry.reports.engine import Engine
from tachikoma_telemetry.reports.sections.trend.calendar import Subject
from tachikoma_telemetry.store.session_sums import add_all_up
from tachikoma_telemetry.store.store import new_store

from ..reports_store import DAY, NOW, ReportsStore

FILTERS = {
    "none": Filters(),
    "skill": Filters(skill="code-agent"),
    "model": Filters(model="glm-4.7"),
    "session": Filters(session="last"),
    "directory": Filters(directory="/"),
    "period": Filters(since=1, until=NOW * 2),
    "source": Filters(source="event"),
}
EVERY_FILTER = Filters(
    skill="code-agent", model="glm-4.7", directory="/", since=1, until=NOW * 2, source="event"
)
# A section that a filter changes; the others change `tools`.
CHANGED_BY = {"source": "edits"}


# What trends and comparisons can be of, and skills that are installed.
OPTIONS: dict[str | None, list[Any]] = {
    "trend": [[Calendar(of=of, by="day")] for of in get_args(Subject)],
    "compare": [
        [],
        [Comparison("period", after=(NOW - DAY, None))],
        [Comparison("model", "glm-4.7", "gpt-5.2")],
        [Comparison("format", "str_replace", "hashline")],
    ],
    "unused": [
        [Installed([InstalledSkill(each, f"/{each}", 9) for each in ("rlm", "code-agent", "z")])]
    ],
}

# The overview has the parts of all sections but those that are not in it.
BEYOND: list[str | None] = [
    None,
    *(name for name, each in reports.SECTIONS.items() if not each.in_overview or name in OPTIONS),
]
# The trend in the overview is that of skills; the others are as long as all the rest.
BUT_TRENDS = [each for each in BEYOND if each != "trend"]


def unknown() -> ReportsStore:
    """A store in which what can be unknown is."""
    store = ReportsStore()
    store.session(directory=None)
    store.message(model=None, created=NOW)
    store.message(model="openai/gpt-5.2", created=None, role="user")
    store.call(None, "running", started=None, session_id="s1")
    store.call("bash", "failed", reason=None, model=None, duration_ms=None)
    store.load("only-failed", "failed")
    store.load("old", skill_version="a", started=NOW - 9 * DAY)
    store.run(None, None)
    store.run(None, "escalated", session_id=None, started=None)
    store.iteration(None, skill=None, number=3, maximum=3, passed=0)
    store.retry(skill=None)
    store.edit((None, None), model=None)
    store.edit((None, 1), ("hashline", None), model="x/gpt-5.2")
    store.edit(("str_replace", 0), model=None)
    store.chunk(mode=None, skill=None, duration_ms=None)
    store.chunk(duration_ms=5.5, run_id="r", wave=1, success=1, tokens=0, accuracy=0.5)
    for size in (500, 5000):
        store.chunk(size=size, success=int(size < 1000), session_id="s1")
    store.intent(None)
    store.intent("x", correct=1, confidence=1.0)
    store.event(match="none", skill=None)
    return store


def together(stores: Iterable[sqlite3.Connection]) -> sqlite3.Connection:
    """One store that has the rows of several; of each key the first."""
    made = new_store()
    for store in stores:
        for table in exported_tables():
            rows = store.execute(f"SELECT * FROM {table}")
            marks = ", ".join("?" * len(rows.description))
            made.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)
    add_all_up(made)
    return made


def assert_same_reports(
    store: sqlite3.Connection | Engine,
    engine: Engine,
    filters: Filters,
    sections: Iterable[str | None] = BEYOND,
) -> set[str]:
    """Every section says the same in an engine as in SQLite, or in another engine.

    Returns the parts of which there are rows.
    """
    filled: set[str] = set()
    if isinstance(store, sqlite3.Connection):
        engine.machines, engine.place = (), None  # what only the report of a fleet shows
    for section in sections:
        for options in OPTIONS.get(section, [()]):
            about = {"now_ms": NOW, "options": options}
            try:
                one = reports.build(store, section, filters, **about)
            except reports.ComparisonError:
                continue  # of a model or format that is not there
            assert_same(one, reports.build(engine, section, filters, **about))
            filled |= {part for part, rows in one.parts.items() if rows}
    return filled


def assert_same(one: Report, other: Report) -> None:
    """Every number, name and order of two reports is the same, floats within 1e-9."""
    _same(one.parts, other.parts, str(one.section))
    _same(one.totals, other.totals, "totals")
    _same(one.coverage, other.coverage, "coverage")


def _same(one: Any, other: Any, where: str) -> None:
    if dataclasses.is_dataclass(one):
        names = [each.name for each in dataclasses.fields(one)]
        for name in names:
            _same(getattr(one, name), getattr(other, name), f"{where}.{name}")
    elif isinstance(one, dict):
        assert [*one] == [*other], where
        for key, value in one.items():
            _same(value, other[key], f"{where}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            _same(left, right, f"{where}[{number}]")
    elif isinstance(one, float) or isinstance(other, float):
        close = math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        assert one == other or close, (where, one, other)
    else:
        assert one == other, (where, one, other)
