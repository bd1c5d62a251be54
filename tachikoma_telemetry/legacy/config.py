"""The predecessor's YAML configuration: of it, ``enabled`` and ``retention_days`` count."""

from __future__ import annotations

import os
import re

from .. import project
from ..regular_file import read_plain

DEFAULT_CONFIG = ".opencode/telemetry/metrics-config.yaml"
_CONFIG_BYTES_MAX = 1 << 20
_RETENTION_DAYS = 30


def read_config(path: str) -> tuple[bool, int]:
    """Whether telemetry is enabled, and for how many days events are kept.

    Args:
        path: the YAML file; without one the defaults hold. A relative path that is not in the
            working folder is one from the project's root.
    """
    text = _text_of(path)
    if text is None and not os.path.isabs(path):
        text = _text_of(os.path.join(project.find_root(), path))
    values = _settings(text or "")
    days = values.get("retention_days", "")
    off = values.get("enabled", "").lower() in ("false", "no", "off")
    return not off, int(days) if re.fullmatch("[0-9]{1,6}", days) else _RETENTION_DAYS


def _text_of(path: str) -> str | None:
    try:
        return read_plain(path, _CONFIG_BYTES_MAX).decode("utf-8", "replace")
    except OSError:
        return None


def _settings(text: str) -> dict[str, str]:
    """The plain values at the top of a YAML file, or below `telemetry:`."""
    values: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        found = re.match(r"(\s*)([A-Za-z_]+)\s*:\s*([^#\s]*)", line)
        if found is None:
            continue
        indent, name, value = found.groups()
        if not indent:
            section = name
        if not indent or (section == "telemetry" and len(indent) <= 2):
            values.setdefault(name, value.strip("'\""))
    return values
