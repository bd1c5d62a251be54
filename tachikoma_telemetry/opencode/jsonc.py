"""JSON with comments, and commas behind the last of several values, as OpenCode takes it."""

from __future__ import annotations

import re

# Possessive, so that no character is looked at twice: a text or a comment without its end would be
# looked for from every quote on, which took 21 s for 40 KB.
_TOKEN = re.compile(
    r"""
    (?P<blank>\s++ | //[^\n]*+ | /\*(?:[^*]++ | \*(?!/))*+\*/)
    | (?P<text>"(?:[^"\\]++ | \\.)*+")
    | [^\s"/,\]}]++
    | .
    """,
    re.DOTALL | re.VERBOSE,
)


def without_comments(text: str) -> str:
    """Plain JSON, if `text` is JSON with comments; else something that is no JSON either.

    Takes time in proportion to the length of `text`.
    """
    kept: list[str] = []
    comma = False
    for token in _TOKEN.finditer(text):
        if token["blank"] is not None:
            kept.append(" ")
            continue
        word = token[0]
        if word in ('"', "/"):
            return ""  # without an end: what follows is no JSON, whatever it looks like
        if comma and word not in ("}", "]"):
            kept.append(",")
        comma = word == ","
        if not comma:
            kept.append(word)
    return "".join(kept) + ("," if comma else "")
