"""Options that take one of a few words."""

from __future__ import annotations

from enum import Enum
from typing import Any, Self

import typer


class Choice(str, Enum):
    """The value of an option that takes one of a few words."""

    @classmethod
    def named(cls, word: str) -> Self:
        """The choice that the word names.

        Raises:
            typer.BadParameter: when it names none of them.

        """
        return cls(one_of(word, tuple(each.value for each in cls)))

    @classmethod
    def choices(cls) -> str:
        """The words, as the help shows them."""
        return f"<{'|'.join(each.value for each in cls)}>"


def one_of(word: str, words: tuple[Any, ...], option: str | None = None) -> Any:
    """The word itself, if it is one of `words`.

    Raises:
        typer.BadParameter: when it is not; names the `option` and the words.

    """
    if word not in words:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(words)}", param_hint=option)
    return word
