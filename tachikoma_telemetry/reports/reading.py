"""Rows that need more than their query: what Python adds to what a .sql file gives."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from .asked import Asked
from .query import records, rows, sql_of
from .row_models import (
    BestFormatRow,
    CallRow,
    CompareRow,
    CrossedRow,
    EditRow,
    IterationRow,
    LegacyRow,
    PatternRow,
    SkillRow,
    TrendRow,
    UnusedRow,
)
from .sections.check.crossed import crossed_rows
from .sections.compare.comparison import VERSION_SHOWN
from .sections.compare.verdicts import compare_rows
from .sections.edits.evidence import best_format_rows
from .sections.patterns.sequences import beyond_chance
from .selection.filters import Filters


def skills(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[SkillRow]:
    """With a truth value where SQL has a number."""
    return [
        SkillRow(**{**each, "instrumented": bool(each["instrumented"])})
        for each in records(store, "skills")
    ]


def iterations(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[IterationRow]:
    """With the criteria that failed."""
    criteria: dict[tuple[str | None, str | None], dict[str, int]] = defaultdict(dict)
    for each in records(store, "failed_criteria"):
        criteria[each["skill"], each["stage"]][each["criterion"]] = each["count"]
    return [
        IterationRow(**each, failed_criteria=criteria.get((each["skill"], each["stage"]), {}))
        for each in records(store, "iterations")
    ]


def best_formats(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[BestFormatRow]:
    """With the sentence that says how sure the choice is."""
    ((minimum,),) = store.execute("SELECT minimum FROM parameters").fetchall()
    return best_format_rows(records(store, "best_formats"), minimum)


def calls(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[CallRow]:
    """With the events that joined them; only those that the filters `tool` and `outcome` choose."""
    recorded: dict[str, dict[str, int]] = defaultdict(dict)
    for key, kind, many in store.execute("SELECT call_key, type, events FROM call_events"):
        recorded[key][kind] = many
    rows = []
    for each in records(store, "calls"):
        if filters.tool in (None, each["tool"]) and filters.outcome in (None, each["outcome"]):
            of_call = recorded.get(each["call_key"], {})
            rows.append(CallRow(**each, events=sum(of_call.values()), recorded=of_call))
    return rows


def trend(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[TrendRow]:
    """With the versions that were new in a period."""
    versions: dict[tuple[int, str | None], list[str]] = defaultdict(list)
    if asked.calendar.of == "skills":
        for each in records(store, "trend_versions"):
            version = each["skill_version"][:VERSION_SHOWN]
            versions[each["started"], each["skill"]].append(version)
    return [
        TrendRow(**each, new_versions=versions.get((each["started"], each["skill"]), []))
        for each in records(store, "trend")
    ]


def legacy(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[LegacyRow]:
    """A total has no time, no session and no folder: no filter can choose a part of it."""
    return [] if filters.given else rows(store, "legacy", LegacyRow)


def unused(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[UnusedRow]:
    """With a truth value where SQL has a number."""
    return [
        UnusedRow(**{**each, "instrumented": bool(each["instrumented"])})
        for each in records(store, "unused")
    ]


def compare(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[CompareRow]:
    """The values of two sides, made verdicts."""
    sides = {
        (skill, side): name
        for skill, side, name in store.execute("SELECT skill, side, name FROM compared")
    }
    values = store.cursor()
    values.row_factory = None
    values.execute(sql_of("compare"))
    return compare_rows(values, sides, filters.skill)


def patterns(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[PatternRow]:
    """Those that fail beyond chance, without what they were held against."""
    return [
        PatternRow(**{k: v for k, v in each.items() if k not in ("others", "others_failed")})
        for each in beyond_chance(records(store, "patterns"))
    ]


def crossed(store: sqlite3.Connection, asked: Asked, filters: Filters) -> list[CrossedRow]:
    """Skills and edits, held against the limits."""
    return crossed_rows(
        skills(store, asked, filters), rows(store, "edits", EditRow), asked.thresholds
    )
