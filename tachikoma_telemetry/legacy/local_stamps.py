"""Times as the predecessor wrote them, and as its getters write them now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime


def moment(text: str | None) -> int | None:
    """Ms since the epoch of a time that the predecessor wrote: local, without a zone; or None."""
    try:
        return int(datetime.fromisoformat(text or "").timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def earliest(times: Iterable[int | None]) -> str | None:
    """The first of these moments as the getters write it; None if none is known."""
    known = [time for time in times if time is not None]
    return iso(min(known)) if known else None


def latest(times: Iterable[int | None]) -> str | None:
    """The last of these moments as the getters write it; None if none is known."""
    known = [time for time in times if time is not None]
    return iso(max(known)) if known else None


def iso(time_ms: int) -> str:
    """A time (ms since the epoch) as the getters write it: ISO 8601, UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat()


def is_before(text: str | None, time_ms: int) -> bool:
    """Whether a time that the predecessor wrote is known, and before that moment."""
    written = moment(text)
    return written is not None and written < time_ms
