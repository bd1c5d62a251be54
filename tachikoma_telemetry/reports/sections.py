"""The sections of a report. To add one: a .sql file, its row model, and an entry here."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import rows as row_models
from .evidence import best_format_rows
from .query import records, rows

Read = Callable[[sqlite3.Connection], list[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A list of rows under one key of the report.

    Attributes:
        row: the dataclass of its rows.
        read: gets them from a prepared store.

    """

    row: type[Any]
    read: Read


@dataclass(frozen=True, slots=True)
class Section:
    """What ``report SECTION`` shows.

    Attributes:
        question: what it answers.
        parts: its rows by key; the first key is the section's name, the others stand beside it.
        in_overview: whether the overview holds it.

    """

    question: str
    parts: Mapping[str, Part]
    in_overview: bool = True


def _read_iterations(store: sqlite3.Connection) -> list[row_models.IterationRow]:
    criteria: dict[tuple[str | None, str | None], dict[str, int]] = defaultdict(dict)
    for each in records(store, "failed_criteria"):
        criteria[each["skill"], each["stage"]][each["criterion"]] = each["count"]
    return [
        row_models.IterationRow(
            **each, failed_criteria=criteria.get((each["skill"], each["stage"]), {})
        )
        for each in records(store, "iterations")
    ]


def _read_best_formats(store: sqlite3.Connection) -> list[row_models.BestFormatRow]:
    ((minimum,),) = store.execute("SELECT minimum FROM parameters").fetchall()
    return best_format_rows(records(store, "best_formats"), minimum)


def _read_legacy(store: sqlite3.Connection) -> list[row_models.LegacyRow]:
    # A total has no time, no session and no folder: no filter can choose a part of it.
    (filtered,) = store.execute(
        "SELECT EXISTS (SELECT 1 FROM temp.sqlite_master WHERE name = 'wanted')"
    ).fetchone()
    return [] if filtered else rows(store, "legacy", row_models.LegacyRow)


def _part(name: str, row: type[Any]) -> Part:
    return Part(row, partial(rows, name=name, model=row))


SECTIONS: Mapping[str, Section] = {
    "skills": Section(
        "which skills are used, how often they succeed, how long they take and what they cost",
        {"skills": _part("skills", row_models.SkillRow)},
    ),
    "iterations": Section(
        "how often verification passes, how often the last allowed iteration does not, and why",
        {"iterations": Part(row_models.IterationRow, _read_iterations)},
    ),
    "edits": Section(
        "which edit format works with which model",
        {
            "edits": _part("edits", row_models.EditRow),
            "best_formats": Part(row_models.BestFormatRow, _read_best_formats),
        },
    ),
    "rlm": Section(
        "how chunks run: sizes, times, parallel against sequential, accuracy",
        {"rlm": _part("rlm", row_models.RlmRow)},
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
        {"calls": _part("calls", row_models.CallRow)},
        in_overview=False,
    ),
    "tools": Section(
        "which tools are called, how often they fail and how long they take",
        {"tools": _part("tools", row_models.ToolRow)},
    ),
    "models": Section(
        "what each model used and cost",
        {"models": _part("models", row_models.ModelRow)},
    ),
    "sessions": Section(
        "what happened in each session",
        {"sessions": _part("sessions", row_models.SessionRow)},
    ),
    "legacy": Section(
        "what the predecessor counted, before anything was recorded event by event",
        {"legacy": Part(row_models.LegacyRow, _read_legacy)},
    ),
}
"""By name, in the order of the overview."""
