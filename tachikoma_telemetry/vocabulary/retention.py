"""How long events are kept, if the user prunes.

Nothing is deleted unless the user asks. ``prune --older-than default`` uses the days below, which
the predecessor promised and never kept to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .events import EVENT_TYPES


class RetentionKind(NamedTuple):
    """Events that are kept for the same time.

    Attributes:
        name: what event types call it.
        days: the documented default.

    """

    name: str
    days: int

    @property
    def types(self) -> tuple[str, ...]:
        """The event types that are kept so long."""
        return tuple(type for type, known in EVENT_TYPES.items() if known.retention == self.name)


KINDS: Mapping[str, RetentionKind] = {
    name: RetentionKind(name, days)
    for name, days in {"skills": 90, "edits": 180, "rlm": 30, "intents": 180}.items()
}


def cutoffs(by_kind: Mapping[str, int]) -> dict[str, int]:
    """From times by kind to times by event type (ms since the epoch)."""
    return {type: time for kind, time in by_kind.items() for type in KINDS[kind].types}
