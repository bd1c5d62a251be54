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
    from ..sample import unpack
    from .merge_command import describe
    from .merging import run_merge
    from .report_build import build_report
    from .report_options import Format
    from .report_output import write

    with tempfile.TemporaryDirectory(prefix="tachikoma-demo-") as folder:
        sample = unpack(Path(folder))
        note("A recorded OpenCode session, with the journal that its skills wrote meanwhile.")
        note("merging …")
        store = Path(folder) / "unified.db"
        summary = run_merge(
            sample.root,
            databases=[sample.database],
            journals=[sample.journal],
            store=store,
            all_projects=True,
            quiet=False,
        )
        for line in describe(summary):
            note(f"  {line}")
        from ..reports import Filters

        write(build_report(store, None, Filters()), Format.table, None)
    note("")
    note("In your own project: tachikoma-telemetry init, then tachikoma-telemetry report")
