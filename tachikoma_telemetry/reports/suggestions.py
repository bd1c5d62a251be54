"""Suggestions after an unknown name: the nearest one, or those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ..errors import UnknownSectionError
from ..visible import visible

_LISTED = 8


def unknown_section(name: str, known: Iterable[str]) -> UnknownSectionError:
    """The error for a section that does not exist: what does, and which one was meant."""
    names = list(known)
    meant = nearest_name(name, names, cutoff=0.5, most=1)
    said = f"{meant} there are {', '.join(names)}".strip()
    return UnknownSectionError(f"no section {name!r}; {said}")


def suggestion(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """What to say after a name that is not known: the `nearest_name`, or which there are."""
    names = sorted(set(known))
    if not names:
        return "there is none yet"
    if meant := nearest_name(name, names, cutoff=cutoff):
        return meant
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return f"there are {', '.join(map(visible, names[:_LISTED]))}{more}"


def nearest_name(name: str, known: Iterable[str], *, cutoff: float = 0.6, most: int = 2) -> str:
    """Which of the names that there are were meant, as a question; empty when none is alike.

    `cutoff`, 0–1, is how alike two names are that can be mistaken for each other.
    """
    by_key = {each.lower(): visible(each) for each in known}
    near = get_close_matches(name.lower(), by_key, most, cutoff)
    return f"did you mean {' or '.join(by_key[each] for each in near)}?" if near else ""
