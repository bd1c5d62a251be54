"""Draw the pictures of the README and of docs/dashboard.md from real output: ``make pictures``."""

from __future__ import annotations

import asyncio
import io
import os
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.reports import build
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.sample import unpack
from tachikoma_telemetry.store.store import read_store
from tests.dashboard.board import busy, origin_of, settled

PICTURES = Path(__file__).parent / "pictures"
SECTIONS = ("skills", "edits")


def draw(section: str | None, title: str) -> str:
    """A report on the sample as an SVG that needs nothing from anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        sample = unpack(Path(folder))
        store = Path(folder) / "unified.db"
        merge(
            MergeRequest(
                store, sample.root, [sample.journal], databases=[sample.database], all_projects=True
            )
        )
        connection = read_store(store)
        console = Console(record=True, width=88, file=io.StringIO(), force_terminal=True)
        for each in tables(build(connection, section, utc=True)):
            console.print(each)
        connection.close()
    svg = console.export_svg(title=title, theme=SVG_EXPORT_THEME, unique_id="report")
    # rich names a web font; the reader's own monospaced one will do, and nothing is fetched.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


DASHBOARD: Mapping[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "now": ((80, 24), ()),
    "skills": ((120, 34), ("2", "down")),
}
"""Pictures of the dashboard: its size, and the keys that lead there."""


def draw_dashboard(name: str) -> str:
    """The dashboard on a made-up store as an SVG; times are in the local time zone."""
    from tachikoma_telemetry.dashboard.application import Dashboard

    size, keys = DASHBOARD[name]

    async def picture(store: Path) -> str:
        app = Dashboard(origin_of(store))
        async with app.run_test(size=size) as pilot:
            await settled(app, pilot)
            for key in keys:
                await pilot.press(key)
                await settled(app, pilot)
            return app.export_screenshot()

    with tempfile.TemporaryDirectory() as folder:
        svg = asyncio.run(picture(busy(Path(folder) / "unified.db")))
    # How long reading took is never the same.
    svg = re.sub(r"●&#160;\d+\.\d&#160;s", "●&#160;0.4&#160;s", svg)
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    """Write every picture."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    PICTURES.mkdir(exist_ok=True)
    for section in SECTIONS:
        svg = draw(section, f"tachikoma-telemetry report {section}")
        (PICTURES / f"{section}.svg").write_text(svg, encoding="utf-8")
    for name in DASHBOARD:
        (PICTURES / f"dashboard-{name}.svg").write_text(draw_dashboard(name), encoding="utf-8")


if __name__ == "__main__":
    main()
