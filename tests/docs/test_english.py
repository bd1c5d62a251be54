"""The prose is plain English: words that read as if they were translated are not in it.

In the documentation all of them are errors. Each room of the package may have as many as `LEFT`
says, and no more: lower the number when you fix some.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tachikoma_telemetry"

# What not to write → what to write.
WORDS = {
    r"(?<!can't )(?:tells?|told)(?![^.]{0,30} apart)": "reports, prints, shows, says",
    r"(?<!as it )(?<!as they )stands?(?! (?:for|out|alone)\b)": "is",
    r"lies?|lay": "is",
    r"anew": "again; or make, update",
    r"mend(?:s|ed|ing)?": "fix, repair",
    r"nobody(?:'s)?|whoever|whosoever": "no one; or say what is unknown or unused",
    r"(?:a|the|each|every) person(?:'s)?|persons": "user",
    r"(?:is|are) asked": "gets, needs, is given",
    r"null but|aside from|cached ones aside": "null except; not counting",
    r"heeded|hence|thereby|whereby|therein|thereof": "say it plainly",
}
_PATTERNS = {re.compile(rf"\b(?:{words})\b", re.IGNORECASE): say for words, say in WORDS.items()}

_FOLDERS = [ROOT / name for name in ("docs", "benchmarks", "opencode_hooks")]
PAGES = sorted([*ROOT.glob("*.md"), *(page for each in _FOLDERS for page in each.rglob("*.md"))])
# What other programs printed, and tables that are generated from the package.
_NOT_PROSE = re.compile(
    r"^```.*?^```$|<!-- rows: .*?<!-- end -->|`[^`\n]*`", re.MULTILINE | re.DOTALL
)

LEFT: dict[str, int] = {}
"""How many such words a room of the package, or a page, still has."""


def faults(text: str) -> list[str]:
    """Each word that should be another one, with what to say."""
    return [
        f"{found[0]} → {say}" for each, say in _PATTERNS.items() for found in each.finditer(text)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_is_plain_english(page: Path) -> None:
    """Code, and what is generated, set aside."""
    found = faults(_NOT_PROSE.sub("", page.read_text(encoding="utf-8")))

    assert len(found) <= LEFT.get(page.stem, 0), found


def test_the_package_gets_plainer() -> None:
    """Docstrings, comments, help and messages: no room has more of these words than before."""
    found = Counter[str]()
    for room in (*PACKAGE.iterdir(), *_FOLDERS):
        for path in room.rglob("*") if room.is_dir() else [room]:
            found[room.stem] += sum(len(faults(text)) for text in _prose(path))

    assert {room: n for room, n in found.items() if n > LEFT.get(room, 0)} == {}


def _prose(path: Path) -> Iterator[str]:
    """The texts in a file of the package that people read."""
    if path.suffix == ".sql":
        yield from re.findall(r"--(.*)", path.read_text(encoding="utf-8"))
    if path.suffix != ".py":
        return
    source = path.read_text(encoding="utf-8")
    # A text with a number sign in it is read twice.
    yield "\n".join(re.findall("#.*", source))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"`[^`\n]*`", "", node.value)
