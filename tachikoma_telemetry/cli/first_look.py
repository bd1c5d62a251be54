"""What `init` shows at its end: what stands out in the history that OpenCode has already."""

from __future__ import annotations

from pathlib import Path

from .. import project
from .say import note


def first_look(root: Path) -> None:
    """Merge the project's history and print what stands out; nothing where there is no history.

    Whatever goes wrong is one sentence on stderr: `init` has done what it is for.
    """
    try:
        if _has_history(root):
            _show(root)
    except KeyboardInterrupt:
        note("stopped: `tachikoma-telemetry report` shows OpenCode's history later")
    except Exception as error:
        note(f"tachikoma-telemetry: OpenCode's history is not shown: {error}")


def _has_history(root: Path) -> bool:
    """Whether OpenCode has a session in the project: without one, not even a store is made."""
    from ..errors import NoDatabaseError
    from ..opencode.census import sessions_of
    from ..opencode.locate import find_databases

    try:
        databases = find_databases()
    except NoDatabaseError:
        return False
    return any(
        session.directory is not None and project.is_inside(session.directory, str(root))
        for database in databases
        for session in sessions_of(database).sessions
    )


def _show(root: Path) -> None:
    from ..reports import Filters
    from ..reports.forms import FORMS
    from .merge_options import MergeOptions
    from .merge_summary import describe
    from .report.output import write
    from .report.section_options import SectionRequest
    from .report.section_values import options_of
    from .report.store_report import build_report

    options = MergeOptions(project=root)
    note("")
    note("what OpenCode's history of this project shows already:")
    note(describe(options.run())[0])
    for section in ("findings", "skills"):
        given = options_of(SectionRequest(section=section, root=root))
        report = build_report(options.target, section, Filters(), given)
        write(report, FORMS["table"], None)
        if report.parts[section]:
            break
        print()
    note("more: tachikoma-telemetry report")
