"""How long work says how far it is: a merge, an export."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Is called with the name of a phase, how much of it is done and the total (None if unknown)."""
