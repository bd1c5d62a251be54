"""What is merged, and into which store: ``--db`` to ``--no-merge``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import project
from ..errors import NoDatabaseError
from .option_group import OptionGroup
from .options import (
    AllProjectsOption,
    DatabaseOption,
    MetricsOption,
    ProjectOption,
    StoreOption,
    root_of,
    store_of,
)
from .progress_bar import progress_bar
from .say import note

if TYPE_CHECKING:
    from ..merge.merge import Summary
    from ..progress import Progress


@dataclass(frozen=True, kw_only=True)
class MergeOptions(OptionGroup):
    """The sources and the store as the user named them."""

    panel = "Merge"

    db: DatabaseOption = None
    metrics: MetricsOption = None
    store: StoreOption = None
    all_projects: AllProjectsOption = False
    project: ProjectOption = None

    @cached_property
    def root(self) -> Path:
        """The project's root."""
        return root_of(self.project)

    @cached_property
    def target(self) -> Path:
        """The unified store."""
        return store_of(self.root, self.store)

    def run(
        self,
        *,
        quiet: bool = False,
        rebuild: bool = False,
        adopt: bool = False,
        progress: Progress | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Summary:
        """Merge what is new.

        Recorded events are merged even if OpenCode has no database. A note says so, once: with a
        new store, or with each merge when the store had a database before.

        Args:
            quiet: write only errors to stderr.
            rebuild: read everything again.
            adopt: take over a store that this user's merges did not make.
            progress: gets the progress; None shows a bar.
            say: gets each note; None writes it to stderr.

        Raises:
            NoDatabaseError: when there is neither a database nor a recorded event.
            TachikomaError: when it can't be done.
        """
        from ..journal.find import is_begun
        from ..merge.merge import MergeRequest, merge
        from ..opencode.batches import bind_fast

        journal, first = project.journal_path(self.root), not self.target.exists()
        databases, missing = self._databases(
            required=bool(self.db) or not (self.metrics or not first or is_begun(journal))
        )
        request = MergeRequest(
            store=self.target,
            root=self.root,
            journals=self.metrics or [journal],
            named_journals=bool(self.metrics),
            databases=databases,
            all_projects=self.all_projects,
            rebuild=rebuild,
            adopt=adopt,
        )
        bind_fast()
        with progress_bar(quiet=quiet or progress is not None) as bar:
            summary = merge(request, progress or bar)
        notes = [*summary.warnings]
        if missing and summary.sessions:
            notes.insert(0, f"{missing}; what was merged before is kept")
        elif missing and first:
            notes.insert(0, f"{missing}; only recorded events are reported")
        for each in notes:
            if say is None:
                note(f"tachikoma-telemetry: {each}", quiet=quiet)
            else:
                say(each)
        return summary

    def _databases(self, *, required: bool) -> tuple[list[Path], NoDatabaseError | None]:
        """OpenCode's databases, and why there is none."""
        from ..opencode.locate import find_databases

        try:
            return find_databases(self.db), None
        except NoDatabaseError as error:
            if required:
                raise
            return [], error


@dataclass(frozen=True, kw_only=True)
class OptionalMerge(MergeOptions):
    """As `MergeOptions`, for a command that can also do with what the store holds."""

    no_merge: Annotated[
        bool, typer.Option("--no-merge", help="Read nothing new; take what the store holds.")
    ] = False
