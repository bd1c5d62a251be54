"""Whether a machine still reports, by what it usually does."""

from __future__ import annotations

from .rows import MachineState

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_LEAST_MS = 3 * _DAY_MS  # a weekend is no news
_UNKNOWN_MS = 14 * _DAY_MS
_TIMES = 3


def machine_state(
    now: int, last_export: int, last_activity: int | None, usual_gap: int | None
) -> MachineState:
    """As the field `state` of `MachineRow`; all in ms."""
    if max(last_export - _HOUR_MS, (last_activity or 0) - _DAY_MS) > now:
        return "clock ahead"
    silent = now - last_export
    if silent > (_UNKNOWN_MS if usual_gap is None else max(_LEAST_MS, _TIMES * usual_gap)):
        return "stopped"
    if last_activity is None or now - last_activity > _UNKNOWN_MS:
        return "idle"
    return "reporting"
