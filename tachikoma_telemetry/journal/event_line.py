"""Whether a line of a journal holds an event."""

from __future__ import annotations

from typing import Any

from .json_text import loads


def parse_event(line: bytes) -> dict[str, Any] | None:
    """The event on `line` (its leading comma allowed); None when it holds no whole event."""
    try:
        event = loads(line[1:] if line[:1] == b"," else line)
    except ValueError:
        return None
    if not isinstance(event, dict):
        return None
    time = event.get("time")
    if (
        isinstance(event.get("id"), str)
        and event["id"]
        and isinstance(event.get("type"), str)
        and isinstance(time, int)
        and not isinstance(time, bool)
        and 0 <= time < 1 << 53
    ):
        return event
    return None
