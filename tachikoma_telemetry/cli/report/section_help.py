"""``report SECTION --help``: what the section answers, its columns, and the options of its own."""

from __future__ import annotations

from typing import Any

from .section_options import SECTION_OPTIONS

_EVERYWHERE = "Filters, forms, files and the order of rows: tachikoma-telemetry report --help"


def write_sections(formatter: Any) -> None:
    """Each section, and what it answers."""
    from ...reports import SECTIONS

    with formatter.section("Sections (report SECTION --help explains its columns)"):
        formatter.write_dl([(name, each.question) for name, each in SECTIONS.items()])


def write_about(name: str, formatter: Any) -> None:
    """What a section answers."""
    from ...reports import SECTIONS

    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(f"Shows {SECTIONS[name].question}.")


def write_columns(name: str, formatter: Any) -> None:
    """What the columns of a section mean, and its own options."""
    from ...reports import SECTIONS

    section = SECTIONS[name]
    with formatter.section("Columns"):
        formatter.write_dl([*section.meanings().items()])
    options = next((each.values for each in SECTION_OPTIONS if each.section == name), {})
    if options:
        with formatter.section("Options of this section"):
            formatter.write_dl([(f"--{each} TEXT", text) for each, text in options.items()])
    formatter.write_paragraph()
    formatter.write_text(_EVERYWHERE)
