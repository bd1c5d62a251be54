"""Crossings of thresholds: rows of `skills` and `edits`, compared with the limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ... import figures
from ..edits.rows import EditRow
from ..skills.rows import SkillRow
from .rows import CrossingRow
from .thresholds import Thresholds


def crossings(
    skills: Iterable[SkillRow], edits: Iterable[EditRow], thresholds: Thresholds
) -> list[CrossingRow]:
    """What is beyond its limit, on enough runs or attempts."""
    return [
        row
        for row in (*_skills(skills, thresholds), *_edits(edits, thresholds))
        if row.n >= (thresholds.limits["minimum"] or 0)
    ]


def _skills(rows: Iterable[SkillRow], thresholds: Thresholds) -> Iterator[CrossingRow]:
    for row in rows:
        limit = thresholds.of(row.skill, "skill_success")
        if limit is not None and row.success_rate is not None and row.success_rate < limit:
            yield CrossingRow(
                "skill_success", row.skill, None, None, row.success_rate, limit, row.ended
            )
        limit = thresholds.of(row.skill, "run_p95_seconds")
        if limit is not None and row.run_p95_ms is not None and row.run_p95_ms > limit * 1000:
            seconds, n = row.run_p95_ms / 1000, row.runs_with_duration or 0
            yield CrossingRow("run_p95_seconds", row.skill, None, None, seconds, limit, n)
        limit = thresholds.of(row.skill, "run_tokens")
        known = [each for each in (row.run_tokens_input, row.run_tokens_output) if each is not None]
        reported = row.runs_with_tokens
        if limit is not None and known and reported and sum(known) > limit * reported:
            mean = sum(known) / reported
            yield CrossingRow("run_tokens", row.skill, None, None, mean, limit, reported)
        limit = thresholds.of(row.skill, "runs_abandoned")
        over = row.runs - (row.running or 0)
        if limit is not None and row.abandoned and row.abandoned > limit * over:
            share = row.abandoned / over
            yield CrossingRow("runs_abandoned", row.skill, None, None, share, limit, over)


def _edits(rows: Iterable[EditRow], thresholds: Thresholds) -> Iterator[CrossingRow]:
    limit = thresholds.limits["edit_success"]
    for row in rows:
        if limit is not None and row.success_rate is not None and row.success_rate < limit:
            yield CrossingRow(
                "edit_success", None, row.model, row.format, row.success_rate, limit, row.attempts
            )


def written(value: float, threshold: str) -> str:
    """A number or its limit, in the unit of the threshold."""
    if threshold.endswith(("success", "abandoned")):
        return figures.share(value)
    if threshold.endswith("seconds"):
        return figures.duration(value * 1000)
    return figures.amount(value)
