"""Points in time as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

import typer

from ..clock import now_ms
from ..local_time import first_shown

_AGO = re.compile(r"(\d+)\s*(m|min|h|d|w)", re.IGNORECASE)
# More minutes than there are in the years 1 to 9999.
_DIGITS_MAX = 12
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_time(text: str, *, utc: bool = False, now: datetime | None = None) -> int:
    """`text` as ms since the epoch.

    Understands ``7d``, ``12h``, ``30m``, ``2w`` (ago), ``now``, ``today``, ``yesterday``, a date
    (``2026-11-01``, its beginning), and an ISO date and time. Local time, unless `utc`.

    Raises:
        ValueError: when it is none of these.
    """
    try:
        found = _moment(text, UTC if utc else None, now)
        return int(found.timestamp() * 1000)
    except (OverflowError, OSError):
        # Not every time of the first and the last year is one in every zone.
        raise ValueError(f"{text!r} is no time in the years 1 to 9999") from None


def _moment(text: str, zone: tzinfo | None, now: datetime | None) -> datetime:
    moment = (now or datetime.fromtimestamp(now_ms() / 1000, UTC)).astimezone(zone)
    word = text.strip().lower()
    # A date without a zone, so that a day on which the clocks change is still one day.
    today = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    ago = _AGO.fullmatch(word)
    if ago:
        if len(ago[1]) > _DIGITS_MAX:
            raise OverflowError
        return moment - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if word == "now":
        return moment
    if word in ("today", "yesterday"):
        return _shown(today - timedelta(days=word == "yesterday"), zone)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is no time; write 7d, 12h, yesterday, 2026-11-01 or 2026-11-01T14:00"
        ) from None
    if found.tzinfo is not None:
        return found
    try:
        return _shown(found, zone)
    except ValueError:  # the year 0, or 10000
        raise OverflowError from None


def _shown(local: datetime, zone: tzinfo | None) -> datetime:
    """When the clocks of `zone` first show `local`, which has no zone of its own."""
    seconds = first_shown(local.replace(microsecond=0), zone)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=local.microsecond)


def time_of(text: str | None, option: str, *, utc: bool = False) -> int | None:
    """An option's time in ms since the epoch; None stays None."""
    if text is None:
        return None
    try:
        return parse_time(text, utc=utc)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def shown_time(ms: int) -> str:
    """A time in ms since the epoch, to the minute and in the local time zone."""
    try:
        return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return f"at {ms} ms"  # a damaged clock: show what was written
