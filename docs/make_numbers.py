"""Write the tables of docs/reports from what the row models say: ``make pages``.

The prose is written by hand. Between ``<!-- rows: skills -->`` and ``<!-- end -->`` is the table of
the rows under the key `skills`, which this replaces.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tachikoma_telemetry.reports import SECTIONS
from tachikoma_telemetry.reports.meaning import Meaning, meanings_of
from tachikoma_telemetry.reports.sections.overview.rows import Coverage, Totals
from tachikoma_telemetry.reports.selection.filters import Filters

PAGES = Path(__file__).parent / "reports"

MODELS: Mapping[str, type[Any]] = {
    "filters": Filters,
    "coverage": Coverage,
    "totals": Totals,
    **{key: part.row for section in SECTIONS.values() for key, part in section.parts.items()},
}
"""The row model of each key of the JSON document that holds rows."""

_TABLE = re.compile(r"(?<=<!-- rows: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def up_to_date(page: str) -> str:
    """The page with its tables as they should be."""
    return _TABLE.sub(lambda found: f"{found[1]}{found[2]}\n{table(MODELS[found[1]])}\n", page)


def table(model: type[Any]) -> str:
    """The columns of a row model: name, possible values, meaning."""
    lines = ["| column | values | what it is |", "| --- | --- | --- |"]
    lines += [
        f"| `{name}` | {_values(kind, meaning)} | {_escaped(meaning.text)} |"
        for name, kind, meaning in columns(model)
    ]
    return "\n".join(lines) + "\n"


def columns(model: Any) -> Iterator[tuple[str, Any, Meaning]]:
    """Each column of a row model: name, type, meaning."""
    meanings = meanings_of(model)
    for name, kind in get_type_hints(model).items():
        yield name, kind, meanings[name]


def _values(kind: Any, meaning: Meaning) -> str:
    kinds = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    words = [_kind(each, meaning) for each in kinds if each is not type(None)]
    return " or ".join(words + ["null"] * (type(None) in kinds))


def _kind(kind: Any, meaning: Meaning) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if kind is float and meaning.low is not None and meaning.high is not None:
        return f"{meaning.low:g}–{meaning.high:g}".replace("-", "−")
    names = {int: "integer", float: "number", str: "text", bool: "true, false"}
    names |= {dict[str, int]: "object of counts", list[str]: "list of texts"}
    return names[kind]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Update the tables of every page."""
    for page in PAGES.glob("*.md"):
        page.write_text(up_to_date(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
