"""Options that take one of a few words."""

from __future__ import annotations

from typing import Any

import typer


def one_of(word: str, words: tuple[Any, ...], option: str | None = None) -> Any:
    """The word itself, if it is one of `words`."""
    if word not in words:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(words)}", param_hint=option)
    return word
