"""The sections of a report. To add one: a .sql file, its row model, and an entry here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..opencode.installed import prepare_installed
from . import reading
from . import row_models as row_models
from .asked import Asked
from .query import rows
from .sections.compare.comparison import prepare_comparison
from .sections.trend.calendar import prepare_calendar
from .selection.filters import Filters

Read = Callable[[sqlite3.Connection, Asked, Filters], list[Any]]
Prepare = Callable[[sqlite3.Connection, Asked, Filters, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A list of rows under one key of the report.

    Attributes:
        row: the dataclass of its rows.
        read: gets them from a prepared store.
        for_charts: whether only a chart shows them, and no table.

    """

    row: type[Any]
    read: Read
    for_charts: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What ``report SECTION`` shows.

    Attributes:
        question: what it answers.
        parts: its rows by key; the first key is the section's name, the others stand beside it.
        in_overview: whether the overview holds it.
        needs: tables that its .sql files read beside the store's (`shadows`).
        prepare: makes the tables that depend on what was asked, once the filters are in place;
            its last argument is now, in ms.

    """

    question: str
    parts: Mapping[str, Part]
    in_overview: bool = True
    needs: tuple[str, ...] = ()
    prepare: Prepare | None = None


def _part(name: str, row: type[Any], *, for_charts: bool = False) -> Part:
    return Part(row, lambda store, asked, filters: rows(store, name, row), for_charts)


# What skills.sql reads.
_OF_SKILLS = ("session_projects", "call_outcomes", "run_outcomes", "contradictions", "skill_uses")

SECTIONS: Mapping[str, Section] = {
    "skills": Section(
        "which skills are used, how often they succeed, how long they take and what they cost",
        {
            "skills": Part(row_models.SkillRow, reading.skills),
            "outside_windows": _part("outside_windows", row_models.OutsideWindowsRow),
            "run_durations": _part("run_durations", row_models.RunDurationRow, for_charts=True),
        },
        needs=("duration_bins", *_OF_SKILLS),
    ),
    "iterations": Section(
        "how often verification passes, how often the last allowed iteration does not, and why",
        {"iterations": Part(row_models.IterationRow, reading.iterations)},
    ),
    "edits": Section(
        "which edit format works with which model",
        {
            "edits": _part("edits", row_models.EditRow),
            "best_formats": Part(row_models.BestFormatRow, reading.best_formats),
        },
        needs=("edit_chains",),
    ),
    "rlm": Section(
        "how chunks run: sizes, times, parallel against sequential, accuracy",
        {
            "rlm": _part("rlm", row_models.RlmRow),
            "chunk_sizes": _part("chunk_sizes", row_models.ChunkSizeRow),
        },
    ),
    "intents": Section(
        "how often routing is right, what is taken for what, and what its confidence is worth",
        {
            "intents": _part("intents", row_models.IntentRow),
            "confusion": _part("confusion", row_models.ConfusionRow),
            "calibration": _part("calibration", row_models.CalibrationRow),
        },
    ),
    "calls": Section(
        "every tool call, and how many events skill code recorded in it",
        {"calls": Part(row_models.CallRow, reading.calls)},
        in_overview=False,
        needs=("call_outcomes", "call_events", "call_skills"),
    ),
    "tools": Section(
        "which tools are called, how often they fail and how long they take",
        {
            "tools": _part("tools", row_models.ToolRow),
            "tool_durations": _part("tool_durations", row_models.ToolDurationRow, for_charts=True),
        },
        needs=("call_outcomes", "calls_by_tool", "duration_bins"),
    ),
    "models": Section(
        "what each model used and cost",
        {"models": _part("models", row_models.ModelRow)},
        needs=("messages_by",),
    ),
    "sessions": Section(
        "what happened in each session",
        {"sessions": _part("sessions", row_models.SessionRow)},
        needs=("calls_by_session", "messages_by"),
    ),
    "legacy": Section(
        "what the predecessor counted, before anything was recorded event by event",
        {"legacy": Part(row_models.LegacyRow, reading.legacy)},
    ),
    "trend": Section(
        "how a section's numbers change by hour, day, week or month, skill versions marked",
        {"trend": Part(row_models.TrendRow, reading.trend)},
        needs=("session_projects", "version_spans"),
        prepare=lambda store, asked, filters, now: prepare_calendar(store, asked.calendar, now),
    ),
    "unused": Section(
        "which installed skills are never used, long unused, or used but never measured",
        {"unused": Part(row_models.UnusedRow, reading.unused)},
        needs=("skill_uses",),
        prepare=lambda store, asked, filters, now: prepare_installed(
            store, asked.installed, filters.skill
        ),
    ),
    "compare": Section(
        "whether a change helped: versions of a skill, periods, models or formats",
        {"compare": Part(row_models.CompareRow, reading.compare)},
        in_overview=False,
        needs=("edit_chains", "session_projects", "version_spans", "run_versions"),
        prepare=lambda store, asked, filters, now: prepare_comparison(
            store, asked.comparison, filters
        ),
    ),
    "patterns": Section(
        "what precedes a failure, which skills follow each other, which errors recur",
        {
            "patterns": Part(row_models.PatternRow, reading.patterns),
            "skill_order": _part("skill_order", row_models.SkillOrderRow),
            "errors_seen": _part("errors_seen", row_models.ErrorRow),
        },
        in_overview=False,
    ),
    "check": Section(
        "which numbers cross a threshold",
        {"check": Part(row_models.CrossedRow, reading.crossed)},
        in_overview=False,
        needs=("edit_chains", *_OF_SKILLS),
    ),
}
"""By name, in the order of the overview."""
