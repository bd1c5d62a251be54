"""Options that several commands share, and the paths that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import project
from ..visible import visible
from .option_group import value_option

ProjectOption = Annotated[
    Path | None,
    value_option(
        "The project's folder. Default: the first folder upwards with .opencode or .git.", "FOLDER"
    ),
]
DatabaseOption = Annotated[
    list[Path] | None,
    value_option(
        "An OpenCode database (or the storage folder of OpenCode before 1.2), instead of the "
        "ones found. Repeatable.",
        "PATH",
    ),
]
MetricsOption = Annotated[
    list[Path] | None, value_option("A journal, instead of the project's. Repeatable.", "PATH")
]
StoreOption = Annotated[
    Path | None, value_option("The unified store. Default: beside the journal.", "PATH")
]
AllProjectsOption = Annotated[
    bool,
    typer.Option(
        "--all-projects",
        help="Take sessions of every folder, not of this project, and what was recorded there.",
    ),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")
]


def root_of(project_dir: Path | None) -> Path:
    """The project's root: the folder that the user named, or the one found."""
    if project_dir is not None and not project_dir.is_dir():
        raise typer.BadParameter(
            f"there is no folder {visible(str(project_dir))}", param_hint="--project"
        )
    return project_dir.absolute() if project_dir is not None else project.find_root()


def store_of(root: Path, store: Path | None) -> Path:
    """The store that the user named, or the project's."""
    return store if store is not None else project.store_path(root)
