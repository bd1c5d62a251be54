"""What is not yet as the tests of this folder want it: each list is exact and only gets shorter.

An entry that is no longer true fails its test, which says so: delete it.
"""

from __future__ import annotations

CIRCLES: frozenset[tuple[str, ...]] = frozenset(
    {
        ("cli.legacy_command", "legacy"),
        ("journal.append", "journal.repair"),
        ("journal.find", "journal.spill"),
        ("opencode.readers", "opencode.v1"),
        ("recording.chunk", "recording.events", "recording.loops", "recording.rlm"),
        ("recording.context", "recording.recorder", "recording.run"),
        ("recording.decorate", "recording.skill_run"),
    }
)
"""Modules that reach each other by their imports."""

BACKWARD: frozenset[tuple[str, str]] = frozenset(
    {
        ("legacy", "cli.legacy_command"),
        ("merge.facts.databases", "merge.ahead"),
        ("merge.facts.load", "merge.metrics.named_runs"),
        ("merge.touched", "merge.metrics.windows"),
        ("reports.schema", "reports.forms.as_json"),
        ("store.creation", "opencode.batches"),
    }
)
"""Imports against the flow: (importer, imported)."""

SAME_NAME: frozenset[str] = frozenset(
    {"edits", "errors", "events", "legacy", "prune", "rlm", "shapes"}
)
"""Names of modules that two folders have for two things."""

LONG_FUNCTIONS: dict[str, int] = {"cli.report_command.report_command": 199}
"""Functions of more than `FUNCTION_LINES`, with their lines."""
