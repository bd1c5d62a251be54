"""Points in time as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ..local_time import first_shown

_AGO = re.compile(r"(\d+)\s*(m|min|h|d|w)", re.IGNORECASE)
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_time(text: str, *, utc: bool = False, now: datetime | None = None) -> int:
    """`text` as ms since the epoch.

    Understands ``7d``, ``12h``, ``30m``, ``2w`` (ago), ``now``, ``today``, ``yesterday``, a date
    (``2026-11-01``, its beginning), and an ISO date and time. Local time, unless `utc`.

    Raises:
        ValueError: when it is none of these.

    """
    zone = UTC if utc else None
    moment = (now or datetime.now(UTC)).astimezone(zone)
    word = text.strip().lower()
    # A date without a zone, so that a day on which the clocks change is still one day.
    today = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    ago = _AGO.fullmatch(word)
    if ago:
        found = moment - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    elif word == "now":
        found = moment
    elif word in ("today", "yesterday"):
        return first_shown(today - timedelta(days=word == "yesterday"), zone) * 1000
    else:
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(
                f"{text!r} is no time; write 7d, 12h, yesterday, 2026-11-01 or 2026-11-01T14:00"
            ) from None
        if found.tzinfo is None:
            whole = found.replace(microsecond=0)
            return first_shown(whole, zone) * 1000 + found.microsecond // 1000
    return int(found.timestamp() * 1000)
