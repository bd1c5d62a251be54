"""`tachikoma-telemetry demo`."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from .say import note

_NAME = "tachikoma-telemetry"


def demo_command(
    *,
    recorded: Annotated[
        bool,
        typer.Option(
            "--recorded", help="Show a real OpenCode's session, recorded, instead of the month."
        ),
    ] = False,
) -> None:
    """Show what reports find in a made-up month of work, in a new folder for temporary files.

    Example:

        tachikoma-telemetry demo
    """
    from ..opencode.installed import find_installed
    from ..reports import Filters, Installed
    from ..reports.forms import FORMS
    from .report.output import write
    from .report.store_report import build_report

    root = Path(tempfile.mkdtemp(prefix="tachikoma-demo-"))
    # Not `store_path`: the user's own store may have been moved anywhere.
    store = root / ".opencode" / "telemetry" / "unified.db"
    make: Callable[[Path, Path], None] = _recorded if recorded else _month
    make(root, store)
    skills = Installed(find_installed(root, root, later=True))
    report = build_report(store, None, Filters(), [skills], charts=True, project="demo")
    page = root / "report.html"
    write(report, FORMS["html"], page)
    write(report, FORMS["table"], None, paged=False)  # what follows says where the page is
    program = _program()
    behind = next((each.command for each in report.parts["findings"]), f"{_NAME} report skills")
    note("")
    note(f"The page with charts: {page}")
    note(f"Ask more: cd {shlex.quote(str(root))} && {behind.replace(_NAME, program, 1)}")
    note(f"In your own project: {program} init")


def _month(root: Path, store: Path) -> None:
    from ..clock import now_ms
    from ..sample import month
    from ..store.store import open_store

    note("A made-up project: a month of two models and seven skills, one of which was changed.")
    month.write_skills(root)
    connection = open_store(store)
    month.fill(connection, now_ms())
    connection.close()


def _recorded(root: Path, store: Path) -> None:
    from ..merge.merge import MergeRequest, merge
    from ..sample import unpack
    from .merge_summary import describe

    note("A recorded OpenCode session, with the journal that its skills wrote meanwhile.")
    sample = unpack(root)
    request = MergeRequest(
        store=store,
        root=sample.root,
        journals=[sample.journal],
        named_journals=True,
        databases=[sample.database],
        all_projects=True,
    )
    for line in describe(merge(request)):
        note(f"  {line}")


def _program() -> str:
    """How this program is called here; `make demo` installs it where no PATH leads."""
    return _NAME if shutil.which(_NAME) else f"{shlex.quote(sys.executable)} -m tachikoma_telemetry"
