"""What the clock on the wall shows, in any time zone, also on the days when it is changed.

Python asks the system for the local zone; `datetime.astimezone` of a time that a clock leaves out
gives one that is an hour early.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def first_shown(wanted: datetime, zone: tzinfo | None) -> int:
    """When the local clock first shows a time, or a later one: it leaves some out.

    In Cairo, Beirut, Santiago and Havana it goes from 23:59 to 1:00 when summer time begins, so
    that day begins at 1:00.

    Args:
        wanted: a date and time without a zone, in whole seconds.
        zone: None is the local one.

    Returns:
        seconds since the epoch.

    """
    as_utc = int(wanted.replace(tzinfo=UTC).timestamp())
    # No clock is further from UTC than a day, and none is changed twice in two days.
    early, late = as_utc - 86_400, as_utc + 86_400
    shown = [
        moment
        for moment in (as_utc - offset(early, zone), as_utc - offset(late, zone))
        if moment + offset(moment, zone) == as_utc
    ]
    if shown:
        return min(shown)
    changed = change(early, late, zone)
    assert changed is not None  # else the time would be shown
    return changed


def offset(second: int, zone: tzinfo | None) -> int:
    """What the local clock is ahead of UTC, in seconds, at a moment in seconds since the epoch."""
    ahead = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


def change(after: int, until: int, zone: tzinfo | None = None) -> int | None:
    """When the clock is changed, after one moment and at another or before; None when it is not.

    Both are seconds since the epoch, so near that the clock is changed at most once in between.
    Without a `zone` it is the local one.
    """
    was = offset(after, zone)
    if offset(until, zone) == was:
        return None
    while until - after > 1:
        middle = (after + until) // 2
        after, until = (middle, until) if offset(middle, zone) == was else (after, middle)
    return until
