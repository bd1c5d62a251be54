"""Ids as short as they can be and still be different, as git writes those of commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable

# "ses_" and eight digits of the time: sessions that began 16 ms apart differ.
LEAST = 12


def length(ids: Iterable[str]) -> int:
    """How many characters of these ids are enough for no two of them to begin alike."""
    whole: Collection[str] = set(ids)
    enough = LEAST
    while len({each[:enough] for each in whole}) < len(whole):
        enough += 1
    return enough
