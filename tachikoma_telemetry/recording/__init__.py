"""The functions that skill code calls: ``from tachikoma_telemetry import telemetry``.

Each calls the method of the same name of the current run. Outside of a run its event has only the
identity that is in the environment. A thread of a pool has no current run: call the run's method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..errors import TelemetryError
from ..vocabulary.events import EVENT_TYPES
from . import recorder
from .attempts import Attempt, Attempts
from .chunk import Chunk
from .context import identity, replaced
from .edit_chain import EditChain
from .event_methods import EventMethods
from .rlm import RlmRun
from .run import NoRun, Run, current_run, run_id_of
from .run_verdicts import Verdicts
from .settings import enabled
from .skill_run import SkillRun, skill_run

_P = ParamSpec("_P")
_R = TypeVar("_R")

_no_run = NoRun()


def current() -> Run | None:
    """The run that this code is in, or None."""
    return current_run.get()


def _in_current(method: Callable[Concatenate[Any, _P], _R]) -> Callable[_P, _R]:
    """A function that calls `method` of the run that its caller is in."""
    name = method.__name__

    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        result: _R = getattr(current_run.get() or _no_run, name)(*args, **kwargs)
        return result

    call.__name__ = call.__qualname__ = name
    call.__doc__, call.__annotations__ = method.__doc__, method.__annotations__
    # Bound, so that `inspect.signature` and `help` show no `self`; mypy knows no such attribute.
    call.__wrapped__ = getattr(_no_run, name)  # type: ignore[attr-defined]
    return call


iteration = _in_current(EventMethods.iteration)
retry = _in_current(EventMethods.retry)
edit = _in_current(EventMethods.edit)
intent = _in_current(EventMethods.intent)
rlm_chunk = _in_current(EventMethods.rlm_chunk)
label = _in_current(EventMethods.label)
attempts = _in_current(EventMethods.attempts)
edit_chain = _in_current(EventMethods.edit_chain)
rlm = _in_current(EventMethods.rlm)
tokens = _in_current(Run.tokens)
succeed = _in_current(Verdicts.succeed)
escalate = _in_current(Verdicts.escalate)
fail = _in_current(Verdicts.fail)
cancel = _in_current(Verdicts.cancel)


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
    unknown = fields.keys() - EVENT_TYPES[kind].fields.keys()
    if unknown:
        raise ValueError(f"{kind} has no field {', '.join(sorted(unknown))}")
    if not enabled():
        return ""
    known = replaced(identity(), envelope or {})
    cleaned = recorder.clean_envelope(run_id_of(known), known.skill, known)
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
    "cancel",
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
    "succeed",
    "tokens",
]
