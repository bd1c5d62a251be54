"""The settings of recording, environment variables. Each use reads them, so they can change.

    TACHIKOMA_TELEMETRY=off             nothing is recorded and no file is touched; 0, false, no
                                        and disabled say the same
    TACHIKOMA_TELEMETRY_STRICT=1        problems raise instead of being logged once; for tests
    TACHIKOMA_TELEMETRY_ATTRIBUTES=off  free attributes are not recorded
    TACHIKOMA_TELEMETRY_LOCK_SECONDS    how long to wait for the journal's lock (2)
    TACHIKOMA_TELEMETRY_ROTATE_MB       the journal's size at which a new one begins (50, 0 never)

The last two are read once for each journal of a process.
"""

from __future__ import annotations

import os

_OFF = frozenset({"off", "0", "false", "no", "disabled"})
_ON = frozenset({"on", "1", "true", "yes"})


def enabled() -> bool:
    """Whether events are recorded at all."""
    value = os.environ.get("TACHIKOMA_TELEMETRY")
    return value is None or value.strip().lower() not in _OFF


def strict() -> bool:
    """Whether problems raise instead of being logged."""
    value = os.environ.get("TACHIKOMA_TELEMETRY_STRICT")
    return value is not None and value.strip().lower() in _ON


def attributes_wanted() -> bool:
    """Whether free attributes are recorded."""
    value = os.environ.get("TACHIKOMA_TELEMETRY_ATTRIBUTES")
    return value is None or value.strip().lower() not in _OFF


def lock_seconds(default: float) -> float:
    """Seconds to wait for the journal's lock."""
    return _number("TACHIKOMA_TELEMETRY_LOCK_SECONDS", default)


def rotate_bytes(default: int) -> int:
    """Bytes from which on a new journal begins; 0 is never."""
    return int(_number("TACHIKOMA_TELEMETRY_ROTATE_MB", default / 1048576) * 1048576)


def _number(name: str, default: float) -> float:
    text = os.environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        return default
    # NaN fails both comparisons.
    return value if 0 <= value < 1e9 else default
