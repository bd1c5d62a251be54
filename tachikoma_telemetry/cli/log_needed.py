"""What an event logged from a shell has to say so that a report can use it.

The library asks for these in the signatures of its methods. A bare `retry` says enough: that there
was one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..recording.context import identity
from ..vocabulary.events import EVENT_TYPES

_ATTRIBUTE = "attribute"

# Of each group, one has to be known.
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # Without it nothing else can belong to the run.
    "skill_run_started": (("run_id",),),
    "skill_run_paused": (("run_id",),),
    "skill_run_finished": (("outcome",),),
    "iteration": ((*EVENT_TYPES["iteration"], _ATTRIBUTE),),
    # If the event names a call, the call says how the edit ended.
    "edit_format": (("format",), ("success", "edit_call_id", "derived")),
    "rlm_chunk": ((*EVENT_TYPES["rlm_chunk"], _ATTRIBUTE),),
    "intent": (("intent",),),
    "label": (("event_id",), ("actual", "correct", "accuracy")),
}


def lacking(
    kind: str,
    known: Mapping[str, object],
    attributes: Mapping[str, object],
    called: Callable[[str], str] = str,
) -> str | None:
    """What an event lacks, as in "without an intent"; None when it says enough.

    Args:
        kind: the event type.
        known: fields of its type and of the envelope, where they are not what the environment says.
        attributes: its attributes.
        called: what a field is called where the event comes from.

    """
    names = {name for name, value in known.items() if value is not None}
    if identity().run_id is not None:
        names.add("run_id")
    if attributes:
        names.add(_ATTRIBUTE)
    missing = [group for group in _NEEDED.get(kind, ()) if names.isdisjoint(group)]
    return " or ".join(_without([called(name) for name in group]) for group in missing) or None


def _without(names: list[str]) -> str:
    return f"without {'one of ' if len(names) > 1 else ''}{', '.join(names)}"
