"""Ids of runs: generated ones, and names chosen by hand, which several runs may have.

The first run of a name has the name as its id, a later one `<name>@<id of its first event>`.
"""

from __future__ import annotations

import re

# What `ids.run_id` makes, and UUIDs.
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GENERATED = re.compile(f"run_[0-9a-f]{{24}}|(run_)?{_UUID}", re.IGNORECASE)


def is_generated(run_id: str) -> bool:
    """Whether no other run can have this id, because no user or agent chose it."""
    return _GENERATED.fullmatch(run_id) is not None


def are_namesakes(run: str | None, other: str | None) -> bool:
    """Whether these are two runs that have one name."""
    if run is None or other is None or run == other:
        return False
    return run.partition("@")[0] == other.partition("@")[0]
