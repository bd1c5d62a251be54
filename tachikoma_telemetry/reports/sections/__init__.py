"""The sections of a report. To add one: a folder here, and its name in the list."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from ..section import Section

# In the order of the overview.
_NAMES = (
    "findings",
    "skills",
    "iterations",
    "edits",
    "rlm",
    "intents",
    "calls",
    "tools",
    "models",
    "sessions",
    "timeline",
    "legacy",
    "trend",
    "unused",
    "fleet",
    "compare",
    "patterns",
    "check",
)


class _Sections(Mapping[str, Section[Any]]):
    # Imported one by one, for most reports are of one: all of them take as long as typer.
    def __getitem__(self, name: str) -> Section[Any]:
        if name not in _NAMES:
            raise KeyError(name)
        section: Section[Any] = import_module(f".{name}.section", __name__).SECTION
        return section

    def __contains__(self, name: object) -> bool:
        return name in _NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


SECTIONS: Mapping[str, Section[Any]] = _Sections()
"""By name, in the order of the overview."""
