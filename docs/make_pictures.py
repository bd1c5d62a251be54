"""Draw the pictures of the README from real output: ``make pictures``."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.reports import build
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.sample import unpack
from tachikoma_telemetry.store.store import read_store

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


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for section in SECTIONS:
        svg = draw(section, f"tachikoma-telemetry report {section}")
        (PICTURES / f"{section}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
