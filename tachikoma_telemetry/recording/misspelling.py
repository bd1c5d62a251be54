"""Names that a caller misspelt: one sentence with the nearest one, and no `TypeError`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from ..vocabulary.events import EVENT_TYPES
from .problems import problem

P = ParamSpec("P")
R = TypeVar("R")

# 0 to 1, by difflib. An attribute may have a name that is near to a field's, such as `tokens_in`.
_NEAR = 0.82
_RATHER_NEAR = 0.6
# How many letters a misspelt name has too many, lacks, or has of its own.
_LETTERS = 3


def nearest(name: str, names: Iterable[str], how_near: float = _RATHER_NEAR) -> str | None:
    """The name among `names` that was probably meant by `name`; None when none is near."""
    letters = set(name)
    similar = [
        each
        for each in names
        if abs(len(each) - len(name)) <= _LETTERS and len(letters ^ set(each)) <= _LETTERS
    ]
    if not similar:
        return None
    # Only a mistake pays for the import.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, similar, 1, how_near)), None)


def no_such(what: str, name: str, names: Iterable[str]) -> str:
    """The sentence that `what` has no `name`, with the nearest name."""
    meant = nearest(name, names)
    return f"{what} has no {name!r}{f'; did you mean {meant!r}?' if meant else ''}"


@lru_cache(maxsize=1000)
def misspelt_attribute(name: object, names: Iterable[str]) -> str | None:
    """The sentence that the attribute `name` probably means one of `names`; None if it does not.

    A name that is a field of some event is spelt as it was meant.
    """
    if not isinstance(name, str) or any(name in each.fields for each in EVENT_TYPES.values()):
        return None
    meant = nearest(name, names, _NEAR)
    return f"{name!r} is kept as an attribute; did you mean {meant!r}?" if meant else None


def forgiving(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, which takes what it is given, and warns of arguments that it does not have.

    An unknown argument is left out, and a missing one is None: unknown.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            # Of the function's own code: the next frame is in it.
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
        fitted, named = _fitted(function, args, kwargs)
        return function(*fitted, **named)

    return call


def _fitted(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments that `function` can be called with."""
    from inspect import Parameter, signature

    name = function.__name__
    known = signature(function).parameters
    places = [each for each in known.values() if each.kind <= Parameter.POSITIONAL_OR_KEYWORD]
    free = any(each.kind == Parameter.VAR_KEYWORD for each in known.values())
    names = [each for each in known if each not in ("self", "attributes")]
    if len(args) > len(places):
        problem(f"{name} takes {len(names)} values at most; those behind are ignored")
    placed = {each.name for each in places[: len(args)]}
    named = {}
    for key, value in kwargs.items():
        if key in placed:
            problem(f"{name} has two values for {key!r}; the first one counts")
        elif key in known or free:
            named[key] = value
        else:
            problem(no_such(name, key, names))
    for each in known.values():
        needed = each.default is Parameter.empty and each.kind not in (
            Parameter.VAR_POSITIONAL,
            Parameter.VAR_KEYWORD,
        )
        if needed and each.name not in placed and each.name not in named:
            given = nearest(each.name, [key for key in named if key not in known])
            named[each.name] = None
            if given is None:
                problem(f"{name} needs {each.name!r}")
            else:
                del named[given]
                problem(f"{name} has no {given!r}; did you mean {each.name!r}?")
    return args[: len(places)], named
