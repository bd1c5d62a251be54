"""Options that several commands share, and the paths that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import project
from ..visible import visible

# The panel in the help of `report`, the only one that has panels (`option_group`).
_MERGE = "Merge"

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        help="The project's folder. Default: the first folder upwards with .opencode or .git.",
        file_okay=False,
        metavar="FOLDER",
        show_default=False,
        rich_help_panel=_MERGE,
    ),
]
DatabaseOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--db",
        help="An OpenCode database (or the storage folder of OpenCode before 1.2), instead of the "
        "ones found. Repeatable.",
        metavar="PATH",
        show_default=False,
        rich_help_panel=_MERGE,
    ),
]
MetricsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--metrics",
        help="A journal, instead of the project's. Repeatable.",
        metavar="PATH",
        show_default=False,
        rich_help_panel=_MERGE,
    ),
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        help="The unified store. Default: beside the journal.",
        metavar="PATH",
        show_default=False,
        rich_help_panel=_MERGE,
    ),
]
AllProjectsOption = Annotated[
    bool,
    typer.Option(
        "--all-projects",
        help="Take sessions of every folder, not of this project, and what was recorded there.",
        rich_help_panel=_MERGE,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Say nothing on stderr but errors.", rich_help_panel="Output"
    ),
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
