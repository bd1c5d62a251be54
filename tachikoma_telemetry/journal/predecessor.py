"""The predecessor's `metrics.json`: totals without events, sessions or times.

    {"skills": {"code-agent": {"invocations": 3, "total_tokens": …, "success_count": …, …}},
     "edits": {"glm-4.7": {"format_success": {"hashline": {"attempts": 4, "successes": 2, …}}}},
     "rlm": {"total_chunks": …, "parallel_runs": …}, "intents": {"debug": {"count": …, …}},
     "created_at": "2026-01-05T10:00:00", "last_updated": "…"}

Its place was that of our journal. The first event or repair keeps it as ``metrics.legacy.json``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..regular_file import open_regular, read_head
from ..vocabulary.ranges import SHARE, TOKENS
from .format import HEAD_OF_SCHEMA, stem

LEGACY_NAME = "metrics.legacy.json"
# Totals of a few skills and models: the predecessor's files have some KB.
_BYTES_MAX = 16 << 20
_LOOK = 256
_SECTIONS = frozenset({"skills", "edits", "rlm", "intents"})
_TIMES = frozenset({"created_at", "last_updated"})
_OURS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"schema"\s*:')


class SkillTotals(NamedTuple):
    """A skill's invocations; tokens and ms are sums, None is unknown.

    `durations_ms` are those of the latest invocations (the file kept a hundred).
    """

    skill: str
    invocations: int
    succeeded: int
    tokens: int | None
    duration_ms: float | None
    iterations: int | None
    last_used: str | None
    durations_ms: tuple[float, ...] = ()


class EditTotals(NamedTuple):
    """Edits of one model in one format. `attempts` counts tries, `edits` what was tried for."""

    model: str
    format: str
    edits: int | None
    attempts: int
    successes: int
    tokens: int | None
    duration_ms: float | None


class RlmTotals(NamedTuple):
    """All recursive runs together; the tuples hold a value for each of the latest runs.

    An accuracy of 0 is not among them: it was written for "not known".
    """

    chunks: int
    parallel_runs: int
    sequential_runs: int
    tokens: int | None
    chunk_sizes: tuple[float, ...] = ()
    durations_ms: tuple[float, ...] = ()
    accuracies: tuple[float, ...] = ()


class IntentTotals(NamedTuple):
    """Classifications of one intent.

    `correct` counts those known to be right; how many were judged at all was not kept.
    """

    intent: str
    classified: int
    correct: int
    escalated: int
    confidence: float | None


class History(NamedTuple):
    """What a `metrics.json` of the predecessor holds."""

    skills: list[SkillTotals]
    edits: list[EditTotals]
    rlm: RlmTotals | None
    intents: list[IntentTotals]
    created_at: str | None
    last_updated: str | None


def read_history(path: Path) -> History:
    """The totals in the predecessor's file at `path`; what is malformed in it is left out.

    Raises:
        OSError: when it can't be read.
        ValueError: when it is no such file.
    """
    with open(open_regular(path, follow=True), "rb") as file:
        # The head is enough to know a journal of ours, however long it is.
        start = file.read(_LOOK)
        if _OURS.match(start):
            raise ValueError(f"{path} is a journal of tachikoma-telemetry")
        if os.fstat(file.fileno()).st_size > _BYTES_MAX:
            raise ValueError(f"{path} is too long for a metrics.json of the predecessor")
        content = start + file.read(_BYTES_MAX)
    try:
        found = json.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} is no metrics.json of the predecessor")
    rlm = _mapping(found.get("rlm"))
    return History(
        [_skill(name, _mapping(one)) for name, one in _mapping(found.get("skills")).items()],
        [
            _edit(model, name, _mapping(one), _mapping(_mapping(each).get("format_usage")))
            for model, each in _mapping(found.get("edits")).items()
            for name, one in _mapping(_mapping(each).get("format_success")).items()
        ],
        _rlm(rlm) if rlm else None,
        [_intent(name, _mapping(one)) for name, one in _mapping(found.get("intents")).items()],
        _text(found.get("created_at")),
        _text(found.get("last_updated")),
    )


def is_history(found: object) -> bool:
    """Whether this JSON is a `metrics.json` of the predecessor."""
    if not isinstance(found, dict) or "schema" in found:
        return False
    sections = len(_SECTIONS & found.keys())
    return sections > 1 or (sections == 1 and bool(_TIMES & found.keys()))


def old_files(journal: Path) -> list[Path]:
    """The predecessor's files at and beside the place of `journal`."""
    kept = sorted(journal.parent.glob(f"{stem(journal.name)}.legacy*.json"))
    return [*kept, journal] if _may_be_old(journal) else kept


def read_histories(journal: Path) -> list[History]:
    """What the predecessor left at and beside the place of `journal`; damaged files are skipped."""
    found = []
    for file in old_files(journal):
        try:
            found.append(read_history(file))
        except (OSError, ValueError, RecursionError):
            continue
    return found


def _may_be_old(journal: Path) -> bool:
    """Whether a file is there, and it does not begin as a journal does."""
    try:
        head = read_head(journal, len(HEAD_OF_SCHEMA))
    except OSError:
        return False
    return bool(head) and head != HEAD_OF_SCHEMA


def _skill(name: str, one: Mapping[str, Any]) -> SkillTotals:
    return SkillTotals(
        name,
        _count(one.get("invocations")) or 0,
        _count(one.get("success_count")) or 0,
        _count(one.get("total_tokens")),
        _number(one.get("total_duration_ms")),
        _count(one.get("total_iterations")),
        _text(one.get("last_used")),
        _numbers(_mapping(each).get("duration_ms") for each in _list(one.get("history"))),
    )


def _edit(model: str, name: str, one: Mapping[str, Any], usage: Mapping[str, Any]) -> EditTotals:
    return EditTotals(
        model,
        name,
        _count(usage.get(name)),
        _count(one.get("attempts")) or 0,
        _count(one.get("successes")) or 0,
        _count(one.get("total_tokens")) or None,  # 0 was written for "not known"
        _number(one.get("total_duration_ms")) or None,
    )


def _rlm(one: Mapping[str, Any]) -> RlmTotals:
    return RlmTotals(
        _count(one.get("total_chunks")) or 0,
        _count(one.get("parallel_runs")) or 0,
        _count(one.get("sequential_runs")) or 0,
        _count(one.get("total_tokens")) or None,
        _numbers(_list(one.get("chunk_sizes"))),
        _numbers(_list(one.get("processing_times"))),
        tuple(each for each in _numbers(_list(one.get("accuracy_scores"))) if 0 < each <= 1),
    )


def _intent(name: str, one: Mapping[str, Any]) -> IntentTotals:
    classified = _count(one.get("count")) or 0
    confidence = _number(one.get("total_confidence"))
    return IntentTotals(
        name,
        classified,
        _count(one.get("correct_count")) or 0,
        _count(one.get("escalation_count")) or 0,
        _mean(confidence, classified),
    )


def _mean(total: float | None, count: int) -> float | None:
    mean = total / count if total is not None and count else None
    return mean if mean is not None and SHARE.holds(mean) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _numbers(values: Iterable[object]) -> tuple[float, ...]:
    return tuple(each for each in map(_number, values) if each is not None)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Sums of any kind: of tokens, of ms, of uses.
    return value if TOKENS.holds(value) else None


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
