"""Draw the pictures of the README and of docs/dashboard.md from real output: ``make pictures``.

That of the page is of the demo's month, and made by Chromium; its pixels depend on the fonts here.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from docs import example_project
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.opencode.installed import find_installed
from tachikoma_telemetry.reports import Installed, build
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.reports.forms.html import to_html
from tachikoma_telemetry.sample import month, unpack
from tachikoma_telemetry.store.store import new_store, read_store
from tests.browser import browser, found_chromium, opened
from tests.dashboard.board import busy, origin_of, settled

PICTURES = Path(__file__).parent / "pictures"
PAGE = PICTURES / "page.jpg"
PAGE_MOST_BYTES = 150_000
SECTIONS = ("edits",)


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


def write_page(file: Path) -> None:
    """Write the page of the demo's month, as it was made when that month had ended."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        month.write_skills(root)
        skills = Installed(find_installed(root, root, later=True))
    store = new_store()
    month.fill(store, example_project.NOW)
    report = build(
        store, options=[skills], utc=True, now_ms=example_project.NOW, project="a month of work"
    )
    store.close()
    file.write_text(to_html(report), encoding="utf-8")


def photograph(picture: Path) -> None:
    """Write the first screen of the page, as a browser shows it, to the file `picture`."""
    with tempfile.TemporaryDirectory() as folder, browser() as running:
        page = Path(folder, "page.html")
        write_page(page)
        with opened(running, page, viewport={"width": 1100, "height": 990}) as watched:
            watched.page.screenshot(path=picture, type="jpeg", quality=82)


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
    if found_chromium() is None:
        sys.exit(f"{PAGE.name} is as before: it needs Chromium, or its path in CHROMIUM")
    photograph(PAGE)


if __name__ == "__main__":
    main()
