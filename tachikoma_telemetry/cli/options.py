"""Options that several commands share, and what they amount to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import project
from ..visible import visible

ProjectOption = Annotated[
    Optional[Path],  # noqa: UP045 - typer reads it at run time
    typer.Option(
        "--project",
        help="The project's folder. Default: the first folder upwards with .opencode or .git.",
        file_okay=False,
        show_default=False,
    ),
]
DatabaseOption = Annotated[
    Optional[list[Path]],  # noqa: UP045
    typer.Option(
        "--db",
        help="An OpenCode database (or the storage folder of OpenCode before 1.2), instead of the "
        "ones found. Repeatable.",
        show_default=False,
    ),
]
MetricsOption = Annotated[
    Optional[list[Path]],  # noqa: UP045
    typer.Option(
        "--metrics", help="A journal, instead of the project's. Repeatable.", show_default=False
    ),
]
StoreOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--store", help="The unified store. Default: beside the journal.", show_default=False
    ),
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
    """The project's root: the folder named by hand, or the one found.

    Raises:
        typer.BadParameter: when the folder named is none.

    """
    if project_dir is not None and not project_dir.is_dir():
        raise typer.BadParameter(
            f"there is no folder {visible(str(project_dir))}", param_hint="--project"
        )
    return project_dir.absolute() if project_dir is not None else project.find_root()


def store_of(root: Path, store: Path | None) -> Path:
    """The store named by hand, or the project's."""
    return store if store is not None else project.store_path(root)
