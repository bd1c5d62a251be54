"""Names from the database and the journal, made harmless to look at: see `visible`."""

from __future__ import annotations

from ..visible import visible

__all__ = ["visible"]
