"""What is not yet as the tests of this folder want it: each list is exact and only gets shorter.

An entry that is no longer true fails its test, which says so: delete it.
"""

from __future__ import annotations

CIRCLES: frozenset[tuple[str, ...]] = frozenset()
"""Modules that reach each other by their imports."""

BACKWARD: frozenset[tuple[str, str]] = frozenset()
"""Imports against the flow: (importer, imported)."""

SAME_NAME: frozenset[str] = frozenset()
"""Names of modules that two folders have for two things."""

LONG_FUNCTIONS: dict[str, int] = {}
"""Functions of more than `FUNCTION_LINES`, with their lines."""
