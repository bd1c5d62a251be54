"""Telling the developer of a skill what went wrong, without disturbing the skill."""

from __future__ import annotations

import sys

from .settings import enabled, strict


class TelemetryError(Exception):
    """A problem with recording; raised only with ``TACHIKOMA_TELEMETRY_STRICT=1``.

    Attributes:
        event_id: the event that was recorded without what was dropped; empty when none was.

    """

    event_id = ""


# Problems that were told already: a skill that loops ten thousand times warns once.
_told: set[str] = set()
_TOLD_MAX = 200


def problem(message: str, *, raising: bool = True) -> None:
    """Log `message` to the ``tachikoma_telemetry`` logger, once a process.

    Args:
        message: what was dropped or could not be done.
        raising: False where another exception is on its way and must not be replaced.

    Raises:
        TelemetryError: in strict mode, if `raising`.

    """
    if not enabled():
        return
    if raising and strict():
        raise TelemetryError(message)
    if message in _told or len(_told) >= _TOLD_MAX or sys.is_finalizing():
        return
    _told.add(message)
    try:
        import logging

        from .visible import visible

        # It may name a folder, and most handlers write to a terminal.
        logging.getLogger("tachikoma_telemetry").warning("%s", visible(message))
    except Exception:  # somebody's log handler or filter that raises
        return
