"""The report as Markdown, for a pull request or an issue.

Characters that mean something in Markdown or HTML are written so that they mean nothing: a name is
a name, whatever it holds.
"""

from __future__ import annotations

import re

from ..blocks import Block, Heading, Sentence, Sheet
from ..build import Report
from ..document import blocks_of
from ..table_view import TableView

# "@", "#", "://", "www." and ":word:" call people and issues, or make links and emojis, where this
# is pasted. A backslash does not stop those, an entity does; but GitHub looks for mail addresses
# when entities are characters again, and only another element between keeps it from that.
_ACTIVE = re.compile(r"[\\`*_{}\[\]()<>#|~@&$]|:(?=//|\w+:)|(?<=www)\.", re.IGNORECASE)
# What at the beginning of a line makes a list, a rule or a heading of it.
_BEGINNING = re.compile(r"[-+=]|\d{1,9}[.)](?=\s|$)")
_IN_AN_ADDRESS = re.compile(r"(?<=[\w.+-])@(?=\w)")
_ENTITIES = frozenset("<>&@#:.")


def to_markdown(report: Report, view: TableView | None = None) -> str:
    """Headings, sentences and tables, ending with a line break."""
    return "\n\n".join(_block(block) for block in blocks_of(report, view)) + "\n"


def escape(text: str) -> str:
    """`text` as Markdown that shows just that text."""
    return _ACTIVE.sub(_neutral, text)


def _neutral(found: re.Match[str]) -> str:
    character = found[0]
    if character == "@" and _IN_AN_ADDRESS.match(found.string, found.start()):
        return "`@`"
    return f"&#{ord(character)};" if character in _ENTITIES else "\\" + character


def _line_of_text(text: str) -> str:
    found = _BEGINNING.match(text)
    if found is None:
        return text
    end = found.end() - 1
    return f"{text[:end]}&#{ord(text[end])};{text[end + 1 :]}"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"### {escape(block.text)}"
    if isinstance(block, Sentence):
        if block.code:
            return block.text
        return _line_of_text(escape(block.text.strip()))
    return _table(block)


def _table(sheet: Sheet) -> str:
    kept = [at for at, column in enumerate(sheet.columns) if not column.bar]
    columns = [sheet.columns[at] for at in kept]
    lines = [
        _line([escape(column.title) for column in columns]),
        _line(["---:" if column.right else ":---" for column in columns]),
    ]
    lines += [_line([escape(row[at].text.strip()) for at in kept]) for row in sheet.rows]
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
