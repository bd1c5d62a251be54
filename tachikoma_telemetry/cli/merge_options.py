"""What is merged, and into which store: ``--db`` to ``--project``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from ..merge.merge import Summary


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
        """The project's root.

        Raises:
            typer.BadParameter: when the folder that is named is none.

        """
        return root_of(self.project)

    @cached_property
    def target(self) -> Path:
        """The unified store."""
        return store_of(self.root, self.store)

    def run(self, *, quiet: bool, rebuild: bool = False, adopt: bool = False) -> Summary:
        """Merge what is new.

        Raises:
            TachikomaError: when it can't be done.

        """
        from .project_merge import merge_project

        return merge_project(
            self.root,
            databases=self.db,
            journals=self.metrics,
            store=self.target,
            all_projects=self.all_projects,
            quiet=quiet,
            rebuild=rebuild,
            adopt=adopt,
        )
