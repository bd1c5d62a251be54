"""How long events are kept, if the user prunes.

Nothing is deleted unless the user asks. ``prune --older-than default`` uses the days below, which
the predecessor promised and never kept to.
"""

from __future__ import annotations

from collections.abc import Mapping

from .events import EVENT_TYPES

KINDS: Mapping[str, int] = {"skills": 90, "edits": 180, "rlm": 30, "intents": 180}
"""The kinds of events that are kept for the same time, and for how many days by default."""


def cutoffs(by_kind: Mapping[str, int]) -> dict[str, int]:
    """From times by kind to times by event type (ms since the epoch)."""
    return {
        type: by_kind[known.retention]
        for type, known in EVENT_TYPES.items()
        if known.retention in by_kind
    }
