"""`tachikoma-telemetry repair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from .. import project as places
from ..errors import JournalError
from .options import ProjectOption, QuietOption, root_of
from .say import note

if TYPE_CHECKING:
    from ..journal.repair import Repair


def repair_command(
    metrics: Annotated[
        Optional[list[Path]],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            "--metrics", help="A journal, instead of the project's. Repeatable.", show_default=False
        ),
    ] = None,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Mend a damaged journal: keep every whole event, set the rest aside, say what was done.

    What is no event goes, byte for byte, to a quarantine file beside the journal. A journal that is
    in order is not touched; recording mends by itself what a crash left, too.

    Example:

        tachikoma-telemetry repair
    """
    from ..journal.read import journal_files
    from ..journal.repair import repair
    from ..journal.spill import absorb

    for path in metrics or [places.journal_path(root_of(project))]:
        files = journal_files(path)
        if not files:
            raise JournalError(f"no journal at {path}")
        try:
            for file in files:
                done = repair(file)
                note(f"{file}: {_told(done)}", quiet=quiet)
            absorbed = absorb(str(path))
        except OSError as error:
            reason = error.strerror or error
            raise JournalError(f"can't repair {path}: {reason}; it is as it was") from error
        if absorbed:
            note(
                f"{path}: {absorbed} events taken in that could not be written before", quiet=quiet
            )


def _told(done: Repair) -> str:
    kept = f"{done.kept:,} {'event' if done.kept == 1 else 'events'}"
    if not done.changed:
        return f"in order, {kept}"
    if done.legacy:
        return f"was written by another tool; kept as {done.quarantine}, and a journal begun"
    if done.quarantine is None:
        return f"mended, {kept}; nothing had to be set aside"
    return f"mended, {kept} kept; what is no event is in {done.quarantine}"
