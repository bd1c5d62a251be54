"""What the shell offers at Tab: events, sections, schemas, and the skills and models of the store.

Each takes the beginning of a word. Whatever goes wrong, the shell just offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from typer.core import TyperCommand

# What a shell can show.
_NAMES_MAX = 200
_SKILLS = "SELECT DISTINCT skill FROM skill_metrics WHERE skill IS NOT NULL ORDER BY skill"
_MODELS = "SELECT DISTINCT model FROM messages WHERE model IS NOT NULL ORDER BY model"


def _offered(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Those of the names that begin with a word."""

    def offer(incomplete: str) -> list[str]:
        try:
            found = [each for each in names() if each.startswith(incomplete) and each.isprintable()]
        except Exception:  # an error would appear in the middle of the line that the user types
            return []
        return found[:_NAMES_MAX]

    return offer


@_offered
def sections() -> Iterable[str]:
    """The sections of a report."""
    from ..reports import SECTIONS

    return SECTIONS


@_offered
def schemas() -> Iterable[str]:
    """The JSON Schemas."""
    from ..schemas import SCHEMAS

    return SCHEMAS


@_offered
def skills() -> Iterable[str]:
    """The skills that the project has, and those that its store knows."""
    from ..opencode.installed import find_installed
    from ..project import find_root

    installed = {each.skill for each in find_installed(find_root())}
    return sorted(installed | set(_of_store(_SKILLS)))


@_offered
def models() -> Iterable[str]:
    """The models that the project's store knows."""
    return _of_store(_MODELS)


def _of_store(query: str) -> list[str]:
    from ..errors import StoreError
    from ..project import find_root, store_path
    from ..store.store import store_at

    try:
        with store_at(store_path(find_root())) as store:
            return [str(name) for (name,) in store.execute(query)]
    except StoreError:
        return []


class LogCommand(TyperCommand):
    """`log`, whose own parser knows its events and options."""

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The events; behind one, its options and what they take."""
        # Of click, or of the copy of click that later versions of typer hold.
        shell = import_module(f"{type(ctx).__module__.rpartition('.')[0]}.shell_completion")
        return [shell.CompletionItem(name) for name in log_words(list(ctx.args), incomplete)]


def log_words(before: list[str], incomplete: str) -> list[str]:
    """What may come behind `log` and the words `before`."""
    from .log.parser import choices_of

    given = {"--skill": skills, "--model": models}.get(before[-1] if before else "")
    if given is not None:
        return given(incomplete)
    return _offered(lambda: choices_of(before))(incomplete)
