"""One tree of errors: `errors.py` holds every class, and draws it as it is."""

from __future__ import annotations

import builtins
import inspect
import re
from pathlib import Path

import pytest

import opencode_hooks
import tachikoma_telemetry
from tachikoma_telemetry import errors

_CLASSES = {
    name: each
    for name, each in vars(errors).items()
    if inspect.isclass(each) and issubclass(each, BaseException)
}
_MODULES = sorted(
    path
    for package in (tachikoma_telemetry, opencode_hooks)
    for path in Path(str(package.__file__)).parent.rglob("*.py")
)


def _drawn() -> dict[str, str]:
    """By class of the drawing, the class above it."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in str(errors.__doc__).splitlines():
        indent = len(line) - len(line.lstrip("│├└─ "))
        words = line.lstrip("│├└─ ").split()
        if words and (indent or words[0] == "Exception"):
            above[indent // 4 :] = [words[0]]
            if indent:
                parents[words[0]] = above[-2]
    return parents


def test_the_drawing_is_the_tree() -> None:
    """Every class is in it, below the class that it is derived from."""
    tree = {name: each.__base__.__name__ for name, each in _CLASSES.items() if each.__base__}
    drawn = {name: parent for name, parent in _drawn().items() if name not in vars(builtins)}

    assert tree == drawn
    assert issubclass(TimeoutError, Exception)


@pytest.mark.parametrize("name", _CLASSES)
def test_every_error_says_what_it_means(name: str) -> None:
    """In a docstring of its own."""
    assert "__doc__" in vars(_CLASSES[name])
    assert _CLASSES[name].__doc__


def test_no_other_module_has_an_error_of_its_own() -> None:
    """Who looks for what can be raised looks in one place."""
    known = _CLASSES.keys() | {
        name
        for name, each in vars(builtins).items()
        if inspect.isclass(each) and issubclass(each, BaseException)
    }
    classes = re.compile(r"^ *class (\w+)\((.*?)\):", re.MULTILINE | re.DOTALL)
    found = [
        f"{path.name}: {name}"
        for path in _MODULES
        if path != Path(errors.__file__)
        for name, bases in classes.findall(path.read_text(encoding="utf-8"))
        if known & {*re.findall(r"\w+", bases)}
    ]
    assert [] == found
