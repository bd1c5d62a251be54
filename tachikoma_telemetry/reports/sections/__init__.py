"""The sections of a report. To add one: a folder here, and its name in the list."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ..section import Section

# In the order of the overview.
_NAMES = (
    "skills",
    "iterations",
    "edits",
    "rlm",
    "intents",
    "calls",
    "tools",
    "models",
    "sessions",
    "legacy",
    "trend",
    "unused",
    "compare",
    "patterns",
    "check",
)

SECTIONS: Mapping[str, Section[Any]] = {
    name: import_module(f".{name}.section", __name__).SECTION for name in _NAMES
}
"""By name, in the order of the overview."""
