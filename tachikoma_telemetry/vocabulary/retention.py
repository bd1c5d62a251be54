"""How long which events are kept, once somebody asks for it.

Nothing is ever deleted by itself. ``prune --older-than default`` uses the days below, which the
predecessor promised and never kept to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """Events that are kept for the same time.

    Attributes:
        types: the event types.
        days: the documented default.

    """

    types: tuple[str, ...]
    days: int


KINDS: Mapping[str, Kind] = {
    "skills": Kind(
        ("skill_run_started", "skill_run_paused", "skill_run_finished", "iteration", "retry"), 90
    ),
    "edits": Kind(("edit_format",), 180),
    "rlm": Kind(("rlm_chunk",), 30),
    "intents": Kind(("intent", "label"), 180),
}


def cutoffs(by_kind: Mapping[str, int]) -> dict[str, int]:
    """From times by kind to times by event type (ms since the epoch)."""
    return {type: time for kind, time in by_kind.items() for type in KINDS[kind].types}
