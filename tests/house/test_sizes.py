"""A module is one concept and a function fits a screen, and no two things have one name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from . import today
from .imports import modules
from .rooms import short

MODULE_LINES = 400
FUNCTION_LINES = 80

# What every package has, and what every section has.
EVERYWHERE = {"__init__", "__main__", "command", "rows", "sheet", "section"}


def test_no_two_things_have_one_name() -> None:
    """The name of a module says which thing it is about, wherever one reads it."""
    folders = defaultdict(list)
    for name, module in modules().items():
        if module.path.stem not in EVERYWHERE:
            folders[module.path.stem].append(short(name))
    same = {stem: names for stem, names in folders.items() if len(names) > 1}

    new = [" and ".join(same[stem]) for stem in sorted(set(same) - today.SAME_NAME)]
    assert not new, f"two things have one name: {'; '.join(new)}"
    gone = sorted(today.SAME_NAME - set(same))
    assert not gone, f"one thing each now: delete from tests/house/today.py: {gone}"


def test_no_module_is_long() -> None:
    """A module that needs more lines is two concepts."""
    long = [
        f"{short(name)} has {module.lines} lines"
        for name, module in modules().items()
        if module.lines > MODULE_LINES
    ]
    assert not long, f"{'; '.join(long)}: {MODULE_LINES} are allowed"


def test_no_function_is_long() -> None:
    """A function does one thing and fits a screen."""
    long = {name: lines for name, lines in _functions() if lines > FUNCTION_LINES}

    longer = [
        f"{name} has {lines} lines"
        for name, lines in long.items()
        if lines > today.LONG_FUNCTIONS.get(name, FUNCTION_LINES)
    ]
    assert not longer, f"{'; '.join(longer)}: {FUNCTION_LINES} are allowed"
    gone = sorted(set(today.LONG_FUNCTIONS) - set(long))
    assert not gone, f"these fit now: delete from tests/house/today.py: {gone}"


def _functions() -> Iterator[tuple[str, int]]:
    for name, module in modules().items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{short(name)}.{node.name}", lines
