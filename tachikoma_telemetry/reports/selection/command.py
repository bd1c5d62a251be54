"""The command that shows a section, for the same rows."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from ...visible import visible
from .filters import Filters

_NOTHING: Mapping[str, str | None] = MappingProxyType({})


def report_command(
    section: str | None,
    filters: Filters,
    place: str | None,
    about: Mapping[str, str | None] = _NOTHING,
) -> str:
    """The command, with the filters of a report.

    Args:
        section: its name; None is the overview.
        filters: those of the report.
        place: where the exports are that it read; None of the store of this machine.
        about: a skill and a model that it is to be about, where the filters name none.

    """
    words = ["tachikoma-telemetry", "report", *([section] if section is not None else [])]
    for name in ("since", "until"):
        if (moment := getattr(filters, name)) is not None:
            at = datetime.fromtimestamp(moment / 1000, UTC)
            words += [f"--{name}", at.isoformat(timespec="milliseconds")]
    for name in ("skill", "model", "session", "directory"):
        value = getattr(filters, name) or about.get(name)
        words += [f"--{name}", value] if value is not None else []
    source = place if place is not None else filters.source
    words += ["--source", source] if source != "all" else []
    return visible(shlex.join(words))
