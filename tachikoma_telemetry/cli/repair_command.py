"""`tachikoma-telemetry repair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .. import project as places
from ..errors import JournalError
from ..words import counted
from .options import MetricsOption, ProjectOption, QuietOption, root_of
from .say import note

if TYPE_CHECKING:
    from ..journal.repair import Repair


def repair_command(
    *, metrics: MetricsOption = None, project: ProjectOption = None, quiet: QuietOption = False
) -> None:
    """Repair a damaged journal: keep every whole event, set the rest aside, say what was done.

    The rest goes, byte for byte, to a quarantine file beside the journal. A journal that is
    in order is not touched. Recording, too, repairs what a crash left.

    Example:

        tachikoma-telemetry repair
    """
    from ..journal.find import is_begun
    from ..journal.read import journal_files
    from ..journal.repair import repair

    for path in metrics or [places.journal_path(root_of(project))]:
        if not is_begun(path):
            raise JournalError(f"no journal at {path}")
        try:
            for file in journal_files(path):
                done = repair(file)
                note(f"{file}: {_summary(done)}", quiet=quiet)
        except OSError as error:
            raise JournalError(f"can't repair {path}: {_why(error)}; it is as it was") from error
        _absorb(path, quiet=quiet)


def _absorb(path: Path, *, quiet: bool) -> None:
    """Move into the journal what waits beside it, and say what is left."""
    from ..journal.absorb import absorb
    from ..journal.spill import waiting_events

    try:
        absorbed = absorb(str(path))
        left = waiting_events(str(path))
    except OSError as error:
        raise JournalError(
            f"can't take in all events that wait beside {path}: {_why(error)}; they stay there"
        ) from error
    if absorbed:
        events = counted(absorbed, "event")
        note(f"{path}: {events} taken in that could not be written before", quiet=quiet)
    if left:
        note(f"{path}: {counted(left, 'event')} left to another process", quiet=quiet)


def _why(error: OSError) -> str:
    named = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{named}"


def _summary(done: Repair) -> str:
    kept = f"{done.kept:,} {'event' if done.kept == 1 else 'events'}"
    if not done.changed:
        return f"in order, {kept}"
    if done.legacy:
        return f"was written by another tool; kept as {done.quarantine}, and a journal begun"
    if done.quarantine is None:
        return f"repaired, {kept}; nothing had to be set aside"
    return f"repaired, {kept} kept; the rest is in {done.quarantine}"
