"""`tachikoma-telemetry demo`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .say import note


def demo_command() -> None:
    """Show a report on sample data: a recorded session of a real OpenCode. Leaves nothing behind.

    Example:

        tachikoma-telemetry demo
    """
    from ..reports import Filters
    from ..reports.forms import FORMS
    from ..sample import unpack
    from .merge_summary import describe
    from .project_merge import merge_project
    from .report.output import write
    from .report.store_report import build_report

    with tempfile.TemporaryDirectory(prefix="tachikoma-demo-") as folder:
        sample = unpack(Path(folder))
        note("A recorded OpenCode session, with the journal that its skills wrote meanwhile.")
        note("merging …")
        store = Path(folder) / "unified.db"
        summary = merge_project(
            sample.root,
            databases=[sample.database],
            journals=[sample.journal],
            store=store,
            all_projects=True,
        )
        for line in describe(summary):
            note(f"  {line}")
        write(build_report(store, None, Filters()), FORMS["table"], None)
    note("")
    note("In your own project: tachikoma-telemetry init, then tachikoma-telemetry report")
