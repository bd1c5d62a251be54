"""Draw the pictures of the README from real output: ``make pictures``.

That of the page is of the demo's month, and made by Chromium; its pixels depend on the fonts here.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
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


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for section in SECTIONS:
        svg = draw(section, f"tachikoma-telemetry report {section}")
        (PICTURES / f"{section}.svg").write_text(svg, encoding="utf-8")
    if found_chromium() is None:
        sys.exit(f"{PAGE.name} is as before: it needs Chromium, or its path in CHROMIUM")
    photograph(PAGE)


if __name__ == "__main__":
    main()
