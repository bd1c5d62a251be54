"""Problems of recording: logged for the developer of a skill, without disturbing the skill."""

from __future__ import annotations

import sys

from ..errors import TelemetryError
from .settings import enabled, strict

# Problems that were logged: a skill that loops ten thousand times warns once.
_logged: set[str] = set()
_LOGGED_MAX = 200


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
    if message in _logged or len(_logged) >= _LOGGED_MAX or sys.is_finalizing():
        return
    _logged.add(message)
    try:
        import logging

        from ..visible import visible

        # The message may name a folder, and most handlers write to a terminal.
        logging.getLogger("tachikoma_telemetry").warning("%s", visible(message))
    except Exception:  # a log handler or filter that raises
        return
