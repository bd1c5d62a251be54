"""Which module of the package imports which, read from the source: nothing is imported for it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "tachikoma_telemetry"

SECTIONS = f"{PACKAGE}.reports.sections"
"""Imports its sections by their names, which its source does not show as imports."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package.

    Attributes:
        name: dotted, that of a package for its ``__init__.py``.
        path: the file.
        tree: its source.
    """

    name: str
    path: Path
    tree: ast.Module = field(repr=False, compare=False)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.path.read_text(encoding="utf-8").count("\n")


@cache
def paths() -> Mapping[str, Path]:
    """The file of every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def modules() -> Mapping[str, Module]:
    """Every module of the package, read, by its dotted name."""
    return {
        name: Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for name, path in paths().items()
    }


@cache
def import_table() -> Mapping[str, frozenset[str]]:
    """The modules that each module imports, at any depth of its source and for types, too.

    A module that is imported inside a function, or for its types only, is as much in the reader's
    way as one at the top. That Python runs the ``__init__`` of every package on the way does not
    count.
    """
    known = modules()
    return {
        name: frozenset(_modules_among(_imported(module), known) - {name})
        for name, module in known.items()
    }


def circles(table: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The groups of modules that reach each other, each in the order of the alphabet."""
    reached = {name: _reached(table, name) for name in table}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached.get(other, ())))
        for name in table
        if name in reached[name]
    }
    return sorted(groups)


def way_round(table: Mapping[str, Iterable[str]], circle: Sequence[str]) -> list[str]:
    """A shortest way from the first module of a circle back to it, that module at both ends."""
    start = circle[0]
    ways = [[start]]
    for way in ways:
        for following in sorted(set(table[way[-1]]) & set(circle)):
            if following == start:
                return [*way, start]
            if following not in way:
                ways.append([*way, following])
    return [start]


def _reached(table: Mapping[str, Iterable[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = list(table[start])
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left.extend(table.get(name, ()))
    return seen


def _imported(module: Module) -> Iterator[str]:
    """Dotted names that a module imports: of modules, or of what is in them."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            yield from (f"{origin}.{alias.name}" for alias in node.names)
    if module.name == SECTIONS:
        folders = (path.name for path in module.path.parent.iterdir() if path.is_dir())
        yield from (f"{SECTIONS}.{folder}.section" for folder in folders)


def _origin(module: Module, node: ast.ImportFrom) -> str:
    """The dotted name of what a ``from … import`` reads from."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    up = node.level - (module.path.name == "__init__.py")
    package = package[: len(package) - up]
    return ".".join([*package, *([node.module] if node.module else [])])


def _modules_among(names: Iterable[str], known: Mapping[str, Module]) -> set[str]:
    """The modules that dotted names belong to; names of other packages are left out."""
    found = set()
    for dotted in names:
        name = dotted
        while name and name not in known:
            name = name.rpartition(".")[0]
        if name:
            found.add(name)
    return found
