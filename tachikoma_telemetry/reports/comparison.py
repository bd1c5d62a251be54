"""What a comparison sets against what: the sides `before` and `after`.

by version  one skill's: its two newest by first use, or versions named by how they begin
by period   spans of time, each (since, until) in ms; None is open
by model    two models, with or without their provider
by format   two edit formats
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ..events import model_key
from . import figures
from .errors import ComparisonError, instead
from .filters import Filters
from .rows.compare import By

Span = tuple[int | None, int | None]
VERSION_SHOWN = 12

_VERSIONS = """
SELECT skill, skill_version, min(started) AS first_used FROM skill_metrics
WHERE kind = 'load' AND outcome = 'succeeded' AND skill_version IS NOT NULL AND skill IS NOT NULL
GROUP BY skill, skill_version ORDER BY skill, first_used DESC, skill_version
"""
_MODELS = """
SELECT model FROM main.skill_metrics WHERE model IS NOT NULL
UNION SELECT model FROM main.edit_metrics WHERE model IS NOT NULL
"""
_FORMATS = "SELECT DISTINCT format FROM main.edit_metrics WHERE format IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to compare.

    Attributes:
        by: what the sides differ in.
        before: a version (how it begins), a model or a format; for periods a `Span`. None is
            chosen: the version before the other side's, the time before the other side's.
        after: likewise; None is the newest version, or the time after.

    """

    by: By = "version"
    before: str | Span | None = None
    after: str | Span | None = None


def prepare_comparison(store: sqlite3.Connection, comparison: Comparison, filters: Filters) -> None:
    """Make the table `compared` that compare.sql reads.

    Raises:
        ComparisonError: when the sides are not known, are the same or overlap.

    """
    store.execute(
        "CREATE TEMP TABLE compared (skill TEXT, side TEXT, name TEXT, skill_version TEXT, "
        "since INTEGER, until INTEGER, model TEXT, format TEXT)"
    )
    if comparison.by == "period":
        _periods(store, comparison)
    elif comparison.by == "version":
        _versions(store, comparison, filters.skill)
    else:
        _named(store, comparison)


def _periods(store: sqlite3.Connection, comparison: Comparison) -> None:
    before, after = _span(comparison.before), _span(comparison.after)
    if before is None and after is not None:
        since, until = after
        if since is None:
            raise ComparisonError("the period after has no beginning; name the one before")
        before = (None if until is None else since - (until - since), since)
    elif after is None and before is not None:
        after = (before[1], None)
    if before is None or after is None:
        raise ComparisonError("comparing periods needs --before or --after: a time, or from..to")
    if before[1] is None or after[0] is None or before[1] > after[0]:
        raise ComparisonError("the period before must end when the one after begins, or earlier")
    for side, (since, until) in (("before", before), ("after", after)):
        _add(store, side, _spelled(since, until), since=since, until=until)


def _span(side: str | Span | None) -> Span | None:
    if isinstance(side, str):
        raise ComparisonError(f"{side!r} is no period")
    return side


def _spelled(since: int | None, until: int | None) -> str:
    if since is None:
        return f"before {figures.moment(until)}"
    start = figures.moment(since)
    return f"since {start}" if until is None else f"{start} to {figures.moment(until)}"


def _versions(store: sqlite3.Connection, comparison: Comparison, skill: str | None) -> None:
    versions: dict[str, list[str]] = {}
    for name, version, _ in store.execute(_VERSIONS).fetchall():
        versions.setdefault(name, []).append(version)
    if skill is None:
        if comparison.before is not None or comparison.after is not None:
            raise ComparisonError("to name versions, name their --skill")
        for name, known in versions.items():
            if len(known) > 1:
                _add_versions(store, name, known[1], known[0])
        return
    known = versions.get(skill, [])
    after = _begins(comparison.after, known, skill) or next(iter(known), None)
    before = _begins(comparison.before, known, skill)
    if before is None and after is not None:
        before = next(iter(known[known.index(after) + 1 :]), None)
    if before is not None and before == after:
        raise ComparisonError("both sides are the same version; name another --after")
    _add_versions(store, skill, before, after)


def _add_versions(
    store: sqlite3.Connection, skill: str, before: str | None, after: str | None
) -> None:
    for side, version in (("before", before), ("after", after)):
        if version is not None:
            _add(store, side, version[:VERSION_SHOWN], skill=skill, skill_version=version)


def _begins(wanted: str | Span | None, known: list[str], skill: str) -> str | None:
    if wanted is None:
        return None
    fits = [each for each in known if isinstance(wanted, str) and each.startswith(wanted.lower())]
    if len(fits) == 1:
        return fits[0]
    there = ", ".join(each[:VERSION_SHOWN] for each in known) or "none"
    wrong = "more than one version begins with" if fits else "no version begins with"
    raise ComparisonError(f"{wrong} {wanted!r}; those of {skill}, newest first: {there}")


def _named(store: sqlite3.Connection, comparison: Comparison) -> None:
    before, after = comparison.before, comparison.after
    if not isinstance(before, str) or not isinstance(after, str):
        raise ComparisonError(f"comparing by {comparison.by} needs --before and --after")
    known = [each for (each,) in store.execute(_MODELS if comparison.by == "model" else _FORMATS)]
    key = model_key if comparison.by == "model" else str
    if key(before) == key(after):
        raise ComparisonError(f"both sides are the same {comparison.by}")
    for side, wanted in (("before", before), ("after", after)):
        fits = [each for each in known if key(each) == key(wanted)]
        if not fits:
            said = instead(key(wanted), map(key, known))
            raise ComparisonError(f"no {comparison.by} {wanted!r} was recorded; {said}")
        for each in fits:
            _add(store, side, key(wanted), **{comparison.by: each})


def _add(store: sqlite3.Connection, side: str, name: str, **values: str | int | None) -> None:
    columns = ", ".join(values)
    marks = ", ".join("?" * len(values))
    store.execute(
        f"INSERT INTO compared (side, name, {columns}) VALUES (?, ?, {marks})",
        (side, name, *values.values()),
    )
