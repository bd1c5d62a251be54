"""What an event from a shell lacks so that a report could use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...recording.context import identity, replaced
from ...recording.run import run_id_of
from ...vocabulary.events import ANYTHING, EVENT_TYPES

_ATTRIBUTE = "attribute"


def missing_fields(
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
    here = replaced(identity(), {"skill": known.get("skill")})
    if run_id_of(here) is not None:
        names.add("run_id")
    if attributes:
        names.add(_ATTRIBUTE)
    needs = (
        (*EVENT_TYPES[kind].fields, _ATTRIBUTE) if group == ANYTHING else group
        for group in EVENT_TYPES[kind].needs
    )
    missing = [group for group in needs if names.isdisjoint(group)]
    return " or ".join(_without([called(name) for name in group]) for group in missing) or None


def _without(names: list[str]) -> str:
    return f"without {'one of ' if len(names) > 1 else ''}{', '.join(names)}"
