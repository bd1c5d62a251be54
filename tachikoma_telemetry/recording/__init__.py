"""The functions that skill code calls: ``from tachikoma_telemetry import telemetry``.

Each goes to the run of the current context, or, outside of one, becomes an event with only what the
environment says. In a thread pool, where there is no context, hand the run over: ``run=``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import TelemetryError
from ..vocabulary.events import EVENT_TYPES
from . import recorder
from .chunk import Chunk
from .context import current_run, identity, replaced
from .events import Score
from .loops import Attempt, Attempts, EditChain
from .rlm import RlmRun
from .run import Loose, Run
from .settings import enabled
from .skill_run import SkillRun, skill_run

_loose = Loose()


def current() -> Run | None:
    """The run that this code is in, or None."""
    return current_run.get()


def _target(run: Run | None) -> Run | Loose:
    return run or current_run.get() or _loose


def iteration(
    stage: str | None = None,
    index: int | None = None,
    max: int | None = None,
    passed: bool | None = None,
    *,
    verdict: str | None = None,
    failed_criteria: Iterable[str] | None = None,
    score: float | None = None,
    duration_ms: float | None = None,
    tokens: int | None = None,
    run: Run | None = None,
    **attributes: object,
) -> str:
    """As `Events.iteration`, in the current run."""
    return _target(run).iteration(
        stage,
        index,
        max,
        passed,
        verdict=verdict,
        failed_criteria=failed_criteria,
        score=score,
        duration_ms=duration_ms,
        tokens=tokens,
        **attributes,
    )


def retry(
    reason: str | None = None,
    attempt: int | None = None,
    max: int | None = None,
    *,
    error_type: str | None = None,
    delay_ms: float | None = None,
    run: Run | None = None,
    **attributes: object,
) -> str:
    """As `Events.retry`, in the current run."""
    return _target(run).retry(
        reason, attempt, max, error_type=error_type, delay_ms=delay_ms, **attributes
    )


def edit(
    format: str,
    success: bool | None,
    *,
    edit_id: str | None = None,
    edit_call_id: str | None = None,
    attempt: int | None = None,
    final: bool | None = None,
    tokens: int | None = None,
    duration_ms: float | None = None,
    error_type: str | None = None,
    model: str | None = None,
    derived: bool | None = None,
    run: Run | None = None,
    **attributes: object,
) -> str:
    """As `Events.edit`, in the current run."""
    return _target(run).edit(
        format,
        success,
        edit_id=edit_id,
        edit_call_id=edit_call_id,
        attempt=attempt,
        final=final,
        tokens=tokens,
        duration_ms=duration_ms,
        error_type=error_type,
        model=model,
        derived=derived,
        **attributes,
    )


def intent(
    intent: str,
    confidence: float | None = None,
    *,
    actual: str | None = None,
    correct: bool | None = None,
    escalated: bool | None = None,
    alternatives: Mapping[str, Score] | None = None,
    strategy: str | None = None,
    complexity: str | float | None = None,
    run: Run | None = None,
    **attributes: object,
) -> str:
    """As `Events.intent`, in the current run."""
    return _target(run).intent(
        intent,
        confidence,
        actual=actual,
        correct=correct,
        escalated=escalated,
        alternatives=alternatives,
        strategy=strategy,
        complexity=complexity,
        **attributes,
    )


def rlm_chunk(
    index: int | None = None,
    total: int | None = None,
    size: int | None = None,
    *,
    unit: str = "chars",
    mode: str | None = None,
    wave: int | None = None,
    content_type: str | None = None,
    depth: int | None = None,
    run: Run | None = None,
    **attributes: object,
) -> Chunk:
    """As `Events.rlm_chunk`, in the current run."""
    return _target(run).rlm_chunk(
        index,
        total,
        size,
        unit=unit,
        mode=mode,
        wave=wave,
        content_type=content_type,
        depth=depth,
        **attributes,
    )


def label(
    event_id: str,
    *,
    actual: str | None = None,
    correct: bool | None = None,
    accuracy: float | None = None,
    run: Run | None = None,
    **attributes: object,
) -> str:
    """As `Events.label`: the truth about an earlier event."""
    return _target(run).label(
        event_id, actual=actual, correct=correct, accuracy=accuracy, **attributes
    )


def tokens(input: int | None = None, output: int | None = None, *, run: Run | None = None) -> None:
    """As `Run.tokens`, of the current run."""
    _target(run).tokens(input, output)


def escalate(reason: str | None = None, *, run: Run | None = None) -> None:
    """As `Run.escalate`, of the current run."""
    _target(run).escalate(reason)


def fail(
    reason: str | None = None, *, error_type: str | None = None, run: Run | None = None
) -> None:
    """As `Run.fail`, of the current run."""
    _target(run).fail(reason, error_type=error_type)


def attempts(
    max: int = 3,
    *,
    stage: str = "verify",
    first: int = 1,
    retry_on: type[Exception] | tuple[type[Exception], ...] = (),
    run: Run | None = None,
) -> Attempts:
    """As `Events.attempts`, in the current run."""
    return _target(run).attempts(max, stage=stage, first=first, retry_on=retry_on)


def edit_chain(
    edit_id: str | None = None, *, attempts: int = 0, run: Run | None = None
) -> EditChain:
    """As `Events.edit_chain`, in the current run."""
    return _target(run).edit_chain(edit_id, attempts=attempts)


def rlm(
    total: int | None = None,
    size: int | None = None,
    *,
    workers: int = 1,
    unit: str = "chars",
    content_type: str | None = None,
    depth: int | None = None,
    run: Run | None = None,
) -> RlmRun:
    """As `Events.rlm`, in the current run."""
    return _target(run).rlm(
        total, size, workers=workers, unit=unit, content_type=content_type, depth=depth
    )


def record(
    kind: str,
    fields: Mapping[str, object],
    *,
    envelope: Mapping[str, str | None] | None = None,
    attributes: Mapping[str, object] | None = None,
    time: int | None = None,
) -> str:
    """Record an event of any type by its field names; for adapters and other front ends.

    Args:
        kind: an event type, e.g. ``rlm_chunk``.
        fields: the fields of that type.
        envelope: ``run_id``, ``skill``, ``session_id``, ``call_id``, ``skill_call_id``, ``model``
            or ``agent``, where they are not what the environment says.
        attributes: free small scalars.
        time: ms since the epoch; None is now.

    Raises:
        ValueError: for an unknown type, field or envelope name.

    """
    if kind not in EVENT_TYPES:
        raise ValueError(f"unknown event type {kind!r}")
    unknown = fields.keys() - EVENT_TYPES[kind].keys()
    if unknown:
        raise ValueError(f"{kind} has no field {', '.join(sorted(unknown))}")
    if not enabled():
        return ""
    known = replaced(identity(), envelope or {})
    cleaned = recorder.clean_envelope(known.run_id, known.skill, known)
    return recorder.record(kind, fields, attributes or {}, cleaned, at=time)


__all__ = [
    "Attempt",
    "Attempts",
    "Chunk",
    "EditChain",
    "RlmRun",
    "Run",
    "SkillRun",
    "TelemetryError",
    "attempts",
    "current",
    "edit",
    "edit_chain",
    "enabled",
    "escalate",
    "fail",
    "intent",
    "iteration",
    "label",
    "record",
    "retry",
    "rlm",
    "rlm_chunk",
    "skill_run",
    "tokens",
]
