"""`tachikoma-telemetry init`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import InstallError
from .first_look import first_look
from .options import ProjectOption, QuietOption, root_of
from .say import note


def init_command(
    *,
    global_: Annotated[
        bool,
        typer.Option("--global", help="Install for all projects, in OpenCode's config folder."),
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take away what init installed; recordings stay.")
    ] = False,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Install the OpenCode plugin that lets skill code know which call it runs in.

    Also installs the OpenCode command /telemetry, which shows the session's report. Doing it twice
    is harmless; --remove undoes it. Where OpenCode has a history of the project, it is merged, and
    what stands out in it is shown.

    Example:

        tachikoma-telemetry init --global
    """
    import opencode_hooks

    root = None if global_ else root_of(project)
    try:
        act = opencode_hooks.remove if remove else opencode_hooks.install
        changes = act(root, global_=global_)
    except OSError as error:
        raise InstallError(f"can't write {error.filename or 'there'}: {error.strerror}") from error
    for change in changes:
        note(f"{change.action:<9} {change.path}", quiet=quiet)
    if not remove and any(change.action == "kept" for change in changes):
        note("kept is your own /telemetry: ours shows a session's report", quiet=quiet)
    if not changes:
        where = "all projects" if root is None else root
        note(f"nothing to remove: nothing is installed for {where}", quiet=quiet)
    if not remove:
        note("restart OpenCode: it loads plugins when it starts", quiet=quiet)
    if root is not None and not remove and not quiet:
        first_look(root)
