"""Ids of events, runs and edits. The system makes each random part, so forks never share one."""

from __future__ import annotations

import os

# The digits of an event id that give the order in which one process made its events.
IN_ORDER = 16
_ACTIVATION = "activation_"

_last_ms = 0
_count = 0


def event_id(now_ms: int) -> str:
    """An id for an event that is recorded now: 12 hex digits of ms, 4 of a counter, 16 random.

    Ids of one process sort in the order they were made, also within a millisecond and when the
    clock jumps back.
    """
    global _last_ms, _count  # noqa: PLW0603 - counted with every event; nothing is faster
    if now_ms > _last_ms:
        _last_ms, _count = now_ms, 0
    else:
        _count += 1
        if _count > 0xFFFF:
            _last_ms, _count = _last_ms + 1, 0
    return f"{_last_ms:012x}{_count:04x}{os.urandom(8).hex()}"


def event_id_at(time_ms: int) -> str:
    """An id for an event that happened at `time_ms` and is recorded later."""
    return f"{time_ms:012x}0000{os.urandom(8).hex()}"


def run_id() -> str:
    """A run id that no other run has."""
    return "run_" + os.urandom(12).hex()


def is_of_activation(run_id: str) -> bool:
    """Whether a run's id follows from the activation of a skill."""
    return run_id.startswith(_ACTIVATION)


def of_activation(digest: str) -> str:
    """The id of an activation's run, by a digest of what names the activation."""
    return _ACTIVATION + digest[:24]


def edit_id() -> str:
    """An edit id that no other edit has."""
    return "edit_" + os.urandom(8).hex()
