"""Blocks as HTML: a name stays a name, whatever it holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

from ...blocks import VERSION_MARK, Block, Cell, Column, Heading, Sentence, Sheet
from ...figures import UNKNOWN, Interval
from ...sections import SECTIONS
from . import svg
from .svg import short

ROWS_SHOWN = 500  # A page with more is slow to open, and heavy to send.
OVERVIEW_ROWS = 100
COLUMNS_MAX = 40  # The style sheet knows so many by their place.
_CORE = 9
_TALL = 25
_PLAIN_NUMBER = re.compile(r"\d{1,3}(,\d{3})*\Z")
_EMPTY = frozenset((UNKNOWN, "0", ""))


class Markup:
    """Writes the blocks of one page, whose identifiers are unique.

    Args:
        only: the section that the page is about; None is the overview.
    """

    def __init__(self, only: str | None) -> None:
        self._only = only
        self._used: Counter[str] = Counter()

    def blocks(self, given: Iterable[Block], section: str) -> str:
        """Headings, sentences and tables of a section, whose name their anchors begin with."""
        written = []
        label, labels = section, Counter[str]()
        for block in given:
            if isinstance(block, Heading):
                label = block.text
                written.append(f"<h3>{escape(block.text)}</h3>")
            elif isinstance(block, Sentence):
                written.append(f'<p class="{block.tone}">{prose(block)}</p>')
            elif any(column.title for column in block.columns):
                labels[label] += 1
                more = f" {labels[label]}" if labels[label] > 1 else ""
                written.append(self._table(block, f"{label}, table{more}", section))
            else:
                written.append(_facts(block))
        return "\n".join(written)

    def _table(self, sheet: Sheet, label: str, section: str) -> str:
        """A sheet in a box of its own that scrolls; what is no core column can be shown."""
        most = ROWS_SHOWN if self._only else OVERVIEW_ROWS
        given = sheet.given[-most:] if sheet.newest_last else sheet.given[:most]
        shown = replace(sheet, given=given).rows
        extra = _extra(sheet.columns, shown)
        places = [f"r{at}" for at, each in enumerate(sheet.columns, 1) if each.right]
        places += [f"x{at + 1}" for at in extra]
        head = "".join(_heading(each, section) for each in sheet.columns)
        body = "\n".join(self._row(sheet.columns, row, section) for row in shown)
        switch = (
            f'<label class="all"><input type="checkbox"> all {len(sheet.columns)} columns</label>'
            if extra
            else ""
        )
        text = (
            f'<div class="table">{switch}\n<div class="scroll{" tall" * (len(shown) > _TALL)}" '
            f'role="region" tabindex="0" aria-label="{escape(label)}">\n'
            f'<table class="{" ".join(["sortable", *places])}">\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table>\n</div></div>"
        )
        if len(shown) < len(sheet.given):
            more = "--format csv" if self._only else f"report {section} --html"
            text += (
                f'\n<p class="faint">The {"last" if sheet.newest_last else "first"} {len(shown):,} '
                f"of {len(sheet.given):,} {sheet.noun}; "
                f"<code>{more}</code> has {'them all' if self._only else 'more'}.</p>"
            )
        return text

    def _row(self, columns: Sequence[Column], cells: Sequence[Cell], section: str) -> str:
        first = next((_text(cell) for cell in cells if cell.bar is None), "")
        written = "".join(
            f'<td class="bar">{_bar(cell, after)}</td>'
            if column.bar
            else _cell(column, cell, first=not place)
            for place, (column, cell, after) in enumerate(
                zip(columns, cells, [*cells[1:], Cell("")], strict=True)
            )
        )
        return f'<tr id="{self.anchor(section, first)}">{written}</tr>'

    def anchor(self, section: str, name: str) -> str:
        """An identifier that no other element of the page has: ``skills-code-agent``."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
        wanted = f"{section}-{slug}" if slug else f"{section}-row"
        self._used[wanted] += 1
        # "." is in no slug, so a number behind it meets no other name.
        return wanted if self._used[wanted] == 1 else f"{wanted}.{self._used[wanted]}"


def _extra(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """The places of the columns that are shown on demand: those without news, then the last."""
    places = range(len(columns))
    idle = [
        at
        for at in places
        if columns[at].drop and all(row[at].text in _EMPTY and not row[at].bar for row in rows)
    ]
    # A bar belongs to the number before it.
    ranks = [columns[at - each.bar].drop for at, each in enumerate(columns)]
    rest = sorted((at for at in places if at not in idle), key=lambda at: (ranks[at], at))
    while len(rest) > _CORE and ranks[rest[-1]]:
        idle.append(rest.pop())
    return sorted(idle)


def _facts(sheet: Sheet) -> str:
    rows = (
        f"<div><dt>{escape(key.text.strip())}</dt>"
        f'<dd class="{value.tone}">{escape(value.text)}</dd></div>'
        for key, value in sheet.rows
    )
    return f'<dl class="facts">\n{"".join(rows)}\n</dl>'


def prose(sentence: Sentence) -> str:
    """A sentence, what is between backticks as code where that is meant."""
    written = escape(sentence.text, quote=False)
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", written) if sentence.code else written


def _heading(column: Column, section: str) -> str:
    if column.bar or not column.title:
        return "<td></td>"
    meaning = SECTIONS[section].meaning(column.title) if section in SECTIONS else None
    said = f' title="{escape(meaning)}"' if meaning else ""
    return f'<th scope="col"><button type="button"{said}>{escape(column.title)}</button></th>'


def _cell(column: Column, cell: Cell, *, first: bool) -> str:
    text = _text(cell)
    unsaid = cell.number is not None and not _PLAIN_NUMBER.match(text)
    number = f' data-n="{float(cell.number or 0):.12g}"' if unsaid else ""
    wrap, again = "wrap" * column.wrap, "again" * (cell.group is not None)
    classes = " ".join(each for each in (wrap, cell.tone, again) if each and each != "plain")
    named = f' class="{classes}"' if classes else ""
    tag, scope = ("th", ' scope="row"') if first else ("td", "")
    return f"<{tag}{scope}{named}{number}>{escape(text)}</{tag}>"


def _text(cell: Cell) -> str:
    # Once the rows are sorted, every row needs the name of its group.
    return cell.text.strip() if cell.group is None else cell.group


def _bar(cell: Cell, after: Cell) -> str:
    """A bar, with the interval that comes after it, or a sparkline.

    As an image: the page allows no inline style.
    """
    length = cell.bar
    if length is None:
        return ""
    if not isinstance(length, tuple):
        ends = (after.text.number, after.text.high) if isinstance(after.text, Interval) else ()
        span = svg.line(100 * ends[0], 100 * ends[1], 4) if ends else ""
        return f'<svg aria-hidden="true"><rect width="{short(100 * length)}%"/>{span}</svg>'
    bars = "".join(
        "m10 0" if each == VERSION_MARK else f"V{short(20 - 20 * (each or 0))}h9V20h1"
        for each in length
    )
    marks = "".join(
        f"M{10 * at + 5} 0V20" for at, each in enumerate(length) if each == VERSION_MARK
    )
    newer = f'<path class="version" d="{marks}"/>' if marks else ""
    return (
        f'<svg class="spark" viewBox="0 0 {10 * len(length)} 20" preserveAspectRatio="none" '
        f'aria-hidden="true"><path d="M0 20{bars}z"/>{newer}</svg>'
    )
