"""The rooms of the package and the allowed arrows between them: the architecture as a table.

`tests/house/test_rooms.py` holds the package against it, `docs/make_rooms.py` draws it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .imports import PACKAGE, import_table

WORDS = "words"
"""The room of the few modules that every other one may import."""

# A module is in the room of the longest name here that is its own or that of a package around it.
ROOMS: Mapping[str, str] = {
    "": "package",
    "__main__": "cli",
    "atomic_file": WORDS,
    "clock": WORDS,
    "errors": WORDS,
    "installed_as": WORDS,
    "local_time": WORDS,
    "project": WORDS,
    "regular_file": WORDS,
    "visible": WORDS,
    "progress": WORDS,
    "words": WORDS,
    "vocabulary": "vocabulary",
    "journal": "journal",
    "recording": "recording",
    "testing": "testing",
    "legacy": "legacy",
    "opencode": "opencode",
    "store": "store",
    "merge": "merge",
    "merge.facts": "merge.facts",
    "merge.metrics": "merge.metrics",
    "merge.changes": "merge.base",
    "merge.phase_progress": "merge.base",
    "merge.run_names": "merge.base",
    "reports": "reports",
    "reports.blocks": "reports.base",
    "reports.engine": "reports.base",
    "reports.figures": "reports.base",
    "reports.meaning": "reports.base",
    "reports.query": "reports.base",
    "reports.rate_intervals": "reports.base",
    "reports.confidence_sequence": "reports.base",
    "reports.more_runs": "reports.base",
    "reports.difference": "reports.base",
    "reports.suggestions": "reports.base",
    "reports.short_ids": "reports.base",
    "reports.selection": "reports.selection",
    "reports.section": "reports.sections",
    "reports.sections": "reports.sections",
    "reports.forms": "reports.forms",
    "export": "export",
    "fleet": "fleet",
    "reports.drilldown": "reports",
    "dashboard": "dashboard",
    "schemas": "schemas",
    "sample": "sample",
    "cli": "cli",
}

# Downwards only: every room may import the rooms behind it and no other, and each of these arrows
# exists. A new arrow is a decision about the house: make it here, with the picture (`make pages`).
ARROWS: Mapping[str, frozenset[str]] = {
    WORDS: frozenset(),
    "vocabulary": frozenset({WORDS}),
    "journal": frozenset({WORDS, "vocabulary"}),
    "recording": frozenset({WORDS, "vocabulary", "journal"}),
    "package": frozenset({"recording"}),
    "testing": frozenset({"recording"}),
    "legacy": frozenset({WORDS, "vocabulary", "journal", "recording"}),
    "opencode": frozenset({WORDS, "vocabulary"}),
    "store": frozenset({WORDS, "vocabulary"}),
    "merge.base": frozenset({WORDS, "store"}),
    "merge.facts": frozenset({WORDS, "vocabulary", "journal", "opencode", "store", "merge.base"}),
    "merge.metrics": frozenset({"vocabulary", "store", "merge.base"}),
    "merge": frozenset({WORDS, "journal", "store", "merge.base", "merge.facts", "merge.metrics"}),
    "reports.base": frozenset({WORDS, "store"}),
    "reports.selection": frozenset({WORDS, "vocabulary", "opencode", "store", "reports.base"}),
    "reports.sections": frozenset(
        {WORDS, "vocabulary", "opencode", "reports.base", "reports.selection"}
    ),
    "reports": frozenset(
        {WORDS, "opencode", "store", "reports.base", "reports.selection", "reports.sections"}
    ),
    "reports.forms": frozenset({WORDS, "reports.base", "reports.sections", "reports"}),
    "export": frozenset({WORDS, "vocabulary", "store"}),
    "fleet": frozenset({WORDS, "store", "reports.base"}),
    "schemas": frozenset({"vocabulary", "store", "reports"}),
    "sample": frozenset(),
    "dashboard": frozenset(
        {
            *(WORDS, "store", "reports", "reports.base", "reports.sections"),
            *("reports.selection", "reports.forms"),
        }
    ),
    "cli": frozenset(
        {
            WORDS,
            "vocabulary",
            "journal",
            "recording",
            "package",
            "opencode",
            "store",
            "export",
            "fleet",
            "dashboard",
            "merge",
            "reports",
            "reports.base",
            "reports.forms",
            "reports.sections",
            "reports.selection",
            "sample",
            "schemas",
        }
    ),
}


def short(module: str) -> str:
    """The name of a module inside the package; the package itself has its own name."""
    return module.removeprefix(PACKAGE).removeprefix(".") or PACKAGE


def room_of(module: str) -> str | None:
    """The room of a module, by its dotted name; None if it has none."""
    name = module.removeprefix(PACKAGE).removeprefix(".")
    while name and name not in ROOMS:
        name = name.rpartition(".")[0]
    inside = module == PACKAGE or name
    return ROOMS[name] if inside else None


def arrows() -> Mapping[tuple[str, str], list[tuple[str, str]]]:
    """The arrows between rooms that exist, each with the imports that make it."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for importer, imported in import_table().items():
        for each in sorted(imported):
            here, there = room_of(importer), room_of(each)
            if here and there and here != there:
                found.setdefault((here, there), []).append((short(importer), short(each)))
    return found
