"""What a merge is to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class MergeRequest:
    """What to merge.

    Attributes:
        store: where the unified store is.
        root: the project's root; only sessions in this folder or below are taken.
        journals: the journals to read.
        named_journals: whether the user named them, so that a missing one is an error; the
            project's own journal may be missing: then nothing was recorded yet.
        databases: OpenCode's databases.
        all_projects: take sessions of every folder, and, unless journals are named by hand, the
            events of these folders' journals.
        rebuild: read everything again, and derive every metric again. Rows whose source is gone
            stay: the store is history.
        adopt: take over a store that this user's merges did not make.
    """

    store: Path
    root: Path
    journals: list[Path] = field(default_factory=list)
    named_journals: bool = False
    databases: list[Path] = field(default_factory=list)
    all_projects: bool = False
    rebuild: bool = False
    adopt: bool = False
