"""The command `dashboard`: what is happening now, in the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import project
from ..errors import NoDatabaseError, TachikomaError
from .merge_options import MergeOptions

if TYPE_CHECKING:
    from ..dashboard.board_origin import CheckRow, MergeResult, Origin
    from ..progress import Progress

_PAGE = "dashboard.html"
_JOURNALS = (".json", ".jsonl")
_DRAWN_WITH = "─│▸●━█"


def dashboard_command(*, merge: MergeOptions) -> None:
    """Show what is happening now, and the rows behind any number; follows OpenCode.

    Needs a terminal and the extra `dashboard`. `?` shows the keys, `q` ends it.

    Example:

        tachikoma-telemetry dashboard
    """
    try:
        from ..dashboard.application import Dashboard
    except ModuleNotFoundError as error:
        if error.name != "textual":
            raise
        from ..installed_as import install_command

        raise TachikomaError(
            f"the dashboard needs Textual, the extra `dashboard`: {install_command('dashboard')}"
        ) from None
    if not all(each.isatty() for each in (sys.stdin, sys.stdout, sys.stderr)):
        raise TachikomaError("the dashboard needs a terminal; `report` writes to files and pipes")
    try:
        _DRAWN_WITH.encode(sys.stderr.encoding)
    except UnicodeEncodeError as error:
        raise TachikomaError(
            f"the dashboard draws with characters that {error.encoding} does not have; where the "
            "terminal shows UTF-8, set LC_ALL=C.UTF-8"
        ) from None
    for size in ("COLUMNS", "LINES"):
        # Textual believes them, and would stay at this size whatever becomes of the terminal.
        os.environ.pop(size, None)
    Dashboard(_origin(merge)).run()


def _origin(options: MergeOptions) -> Origin:
    from ..dashboard.board_origin import CheckRow, Origin
    from .doctor.command import findings

    root, store = options.root, options.target
    journals: set[Path] = set()

    def doctor() -> Sequence[CheckRow]:
        found = findings(root, store, options.db)
        return [CheckRow(each.state, each.area, each.text, each.fix) for each in found]

    return Origin(
        project=root.name or str(root),
        store=store,
        merge=lambda progress: _merge(options, journals, progress),
        watched=lambda: _watched(options),
        doctor=doctor,
        options=lambda: _options_of_sections(root),
        page=project.telemetry_dir(root) / _PAGE,
        words=_words(options),
    )


def _merge(options: MergeOptions, journals: set[Path], progress: Progress) -> MergeResult:
    """Merge what is new; `journals` are those that were there, and get those that are."""
    from ..dashboard.board_origin import MergeResult

    said: list[str] = []
    summary = options.run(quiet=True, progress=progress, say=said.append)
    journals.update(each for each in _journals(options) if each.exists())
    said += [
        f"{each} is gone: its events that were merged are kept, and the next event begins a new one"
        for each in sorted(journals)
        if not each.exists()
    ]
    return MergeResult(bool(summary.new_events or summary.changed_sessions), said)


def _journals(options: MergeOptions) -> list[Path]:
    return options.metrics or [project.journal_path(options.root)]


def _watched(options: MergeOptions) -> list[Path]:
    """The databases with their logs, and all journals."""
    from ..opencode.locate import find_databases

    try:
        databases = find_databases(options.db)
    except NoDatabaseError:
        databases = options.db or []
    watched = [each for db in databases for each in (db, db.with_name(f"{db.name}-wal"))]
    for journal in _journals(options):
        # Its segments and what processes spilled. Not the folder: a merge itself touches that.
        with suppress(OSError):
            names = sorted(os.listdir(journal.parent))
            watched += [journal.parent / each for each in names if each.endswith(_JOURNALS)]
    return watched


def _options_of_sections(root: Path) -> Sequence[object]:
    """What `report` gives to the sections: installed skills, and thresholds that are set."""
    from .report.section_options import SectionRequest
    from .report.section_values import options_of

    return options_of(SectionRequest(section=None, root=root))


def _words(options: MergeOptions) -> list[str]:
    """The options of a `report` command that reads the same store."""
    words = []
    if options.project is not None:
        words += ["--project", str(options.project)]
    if options.store is not None:
        words += ["--store", str(options.store)]
    for each in options.db or []:
        words += ["--db", str(each)]
    for each in options.metrics or []:
        words += ["--metrics", str(each)]
    return [*words, "--all-projects"] if options.all_projects else words
