"""What can be wrong about the wish for a report.

All are usage errors of a person, told in one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ..errors import TachikomaError, UnknownSectionError


class UnknownSessionError(TachikomaError):
    """The store holds no such session."""


class FormError(TachikomaError):
    """This form of a report can't hold that, or needs what is not installed."""


class ConfigError(TachikomaError):
    """The configuration file can't be read."""


class ComparisonError(TachikomaError):
    """What should be compared is not known, or is the same."""


def unknown_section(name: str, known: Iterable[str]) -> UnknownSectionError:
    """The error for a section that does not exist: what does, and which one was meant."""
    names = list(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    meant = f"did you mean {near[0]}? " if near else ""
    return UnknownSectionError(f"no section {name!r}; {meant}there are {', '.join(names)}")
