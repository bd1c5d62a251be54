"""Reports are built in layers: a module imports from its own layer and those before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tachikoma_telemetry import reports

_FOLDER = Path(str(reports.__file__)).parent
# From the base up; a folder is its name.
_LAYERS = (
    (
        "figures",
        "blocks",
        "meaning",
        "rate_intervals",
        "confidence_sequence",
        "difference",
        "more_runs",
        "query",
        "engine",
        "validity",
        "suggestions",
        "short_ids",
        "table_view",
    ),
    ("selection",),
    ("section",),
    ("sections",),
    ("build", "document", "format_choice", "key_figures", "skill_usage"),
    ("drilldown",),
    ("forms",),
    ("json_schema", "__init__"),
)
_LAYER = {name: at for at, names in enumerate(_LAYERS) for name in names}
# `check` holds the rows of two other sections against thresholds; `findings` says what stands out.
_SECTIONS_THAT_READ_OTHERS = {("check", "skills"), ("check", "edits"), ("trend", "compare")} | {
    ("findings", each)
    for each in [
        "check",
        "compare",
        "edits",
        "fleet",
        "overview",
        "patterns",
        "rlm",
        "skills",
        "unused",
    ]
}
# `timeline` puts events under calls, and says what a session took.
_SECTIONS_THAT_READ_OTHERS |= {("timeline", "calls"), ("timeline", "sessions")}


def test_no_import_goes_back_up() -> None:
    """Base, selection, section, sections, report, forms."""
    up = {
        f"{importer} imports {imported}"
        for importer, imported in _imports()
        if _LAYER[imported[0]] > _LAYER[importer[0]]
    }

    assert set() == up
    assert {path.stem for path in _FOLDER.iterdir() if path.stem != "__pycache__"} == {*_LAYER}


def test_a_section_stands_alone() -> None:
    """It imports nothing from another section."""
    others = {
        (importer[1], imported[1])
        for importer, imported in _imports()
        if importer[0] == imported[0] == "sections" and min(len(importer), len(imported)) > 1
        if importer[1] != imported[1]
    }

    assert _SECTIONS_THAT_READ_OTHERS == others


def _imports() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each import of a module of reports by another: both as paths below the package."""
    for path in _FOLDER.rglob("*.py"):
        module = path.relative_to(_FOLDER).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and 0 < node.level <= len(module):
                package = module[: len(module) - node.level]
                target = (*package, *(node.module.split(".") if node.module else ()))
                for name in node.names:
                    found = (*target, name.name)
                    if _FOLDER.joinpath(*found).exists() or _is_module(found):
                        yield module, found
                    elif target:
                        yield module, target


def _is_module(path: tuple[str, ...]) -> bool:
    return _FOLDER.joinpath(*path).with_suffix(".py").exists()
