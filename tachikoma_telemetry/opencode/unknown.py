"""Kinds of rows, parts and states that no adapter knows: counted, never dropped silently.

A later OpenCode brings new ones, and what they hold is missing from every number. Their names are
counted for `coverage.unknown`; nothing else of them is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from .values import section, text

_NAMES_MAX = 100
_NAME_CHARS = 40
_PARTS = frozenset(
    {
        *("text", "tool", "file", "reasoning", "step-start", "step-finish", "snapshot", "patch"),
        *("agent", "retry", "compaction", "subtask"),
    }
)
_STATES = frozenset({"streaming", "pending", "running", "completed", "error", "failed"})


def see(unknown: Counter[str], what: str, kind: object) -> None:
    """Count one `what` of an unknown `kind`, under a name like ``part type hologram``.

    A name keeps 40 letters, digits and ``-_.:`` of what the row says; beyond 100 names all others
    are counted as one.
    """
    said = re.sub(r"[^\w.:-]+", "_", text(kind) or "")[:_NAME_CHARS]
    name = f"{what} {said or '(no name)'}"
    if name not in unknown and len(unknown) >= _NAMES_MAX:
        name = "others"
    unknown[name] += 1


def see_part(unknown: Counter[str], part: dict[str, Any]) -> None:
    """Count the type of a part of 1.x, if it is unknown."""
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in _PARTS:
        see(unknown, "part type", kind)


def see_state(unknown: Counter[str], call: dict[str, Any]) -> None:
    """Count the state of a tool call, if it is unknown."""
    status = section(call.get("state")).get("status")
    if not isinstance(status, str) or status not in _STATES:
        see(unknown, "tool state", status)


class _UnknownCounts(Protocol):
    unknown: Counter[str]


@contextmanager
def unseen(adapter: _UnknownCounts) -> Iterator[None]:
    """Inside, an adapter counts by itself what it has not counted otherwise."""
    before, adapter.unknown = adapter.unknown, Counter()
    try:
        yield
    finally:
        adapter.unknown = before
