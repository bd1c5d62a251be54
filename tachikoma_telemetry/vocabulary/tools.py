"""The names of OpenCode's own tools that changed between its versions."""

from __future__ import annotations

# Each tool by its names, the oldest first.
RENAMED = (("bash", "shell"), ("task", "subagent"), ("apply_patch", "patch"))


def names_of_tool(name: str) -> tuple[str, ...]:
    """All the names of the tool of this name, the oldest first; of others this one."""
    return next((names for names in RENAMED if name in names), (name,))
