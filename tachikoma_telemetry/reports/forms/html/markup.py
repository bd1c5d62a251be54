"""Blocks as HTML: a name stays a name, whatever it holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Any

from ...blocks import VERSION_MARK, Bar, Block, Cell, Column, Heading, Sentence, Sheet

ROWS_SHOWN = 500  # A page with more is slow to open.
_TALL = 15


def blocks(given: Iterable[Block], label: str) -> str:
    """Headings, sentences and tables.

    Args:
        given: what to write, in order.
        label: what a table is called without a heading, plain text.

    """
    written = []
    labels: Counter[str] = Counter()
    for block in given:
        if isinstance(block, Heading):
            label = block.text
            written.append(f"<h3>{escape(block.text)}</h3>")
        elif isinstance(block, Sentence):
            written.append(f'<p class="{block.tone}">{_prose(block)}</p>')
        else:
            labels[label] += 1
            more = f" {labels[label]}" if labels[label] > 1 else ""
            written.append(table(block, f"{label}, table{more}"))
    return "\n".join(written)


def table(sheet: Sheet, label: str) -> str:
    """A sheet as a table in a box of its own that scrolls; sortable where its columns have titles.

    Args:
        sheet: its columns and rows.
        label: what a screen reader calls it, plain text.

    """
    if not any(column.title for column in sheet.columns):
        return _facts(sheet)
    head = "".join(_heading(column) for column in sheet.columns)
    shown = sheet.rows[:ROWS_SHOWN]
    body = "\n".join(_row(sheet.columns, row) for row in shown)
    box = "scroll tall" if len(shown) > _TALL else "scroll"
    text = (
        f'<div class="{box}" role="region" tabindex="0" aria-label="{escape(label)}">\n'
        f'<table class="sortable">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n'
        "</table>\n</div>"
    )
    if len(shown) < len(sheet.rows):
        text += (
            f'\n<p class="faint">The first {len(shown):,} of {len(sheet.rows):,} rows; '
            "<code>--format csv</code> has them all.</p>"
        )
    return text


def _facts(sheet: Sheet) -> str:
    rows = (
        f"<div><dt>{escape(key.text.strip())}</dt>"
        f'<dd class="{value.tone}">{escape(value.text)}</dd></div>'
        for key, value in sheet.rows
    )
    return f'<dl class="facts">\n{"".join(rows)}\n</dl>'


def _prose(sentence: Sentence) -> str:
    written = escape(sentence.text, quote=False)
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", written) if sentence.code else written


def _heading(column: Column[Any]) -> str:
    if column.bar or not column.title:
        return "<td></td>"
    side = ' class="right"' if column.right else ""
    return f'<th scope="col"{side}><button type="button">{escape(column.title)}</button></th>'


def _row(columns: list[Column[Any]], cells: list[Cell]) -> str:
    written = []
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if column.bar:
            written.append(f'<td class="bar">{_bar(cell.bar)}</td>')
            continue
        number = f' data-number="{float(cell.number):.17g}"' if cell.number is not None else ""
        classes = " ".join(
            [
                *(["right"] if column.right else []),
                *(["wrap"] if column.wrap else []),
                *([cell.tone] if cell.tone != "plain" else []),
                *(["again"] if cell.group is not None else []),
            ]
        )
        tag, scope = ("th", ' scope="row"') if place == 0 else ("td", "")
        named = f' class="{classes}"' if classes else ""
        written.append(f"<{tag}{scope}{named}{number}>{escape(_text(cell))}</{tag}>")
    return f"<tr>{''.join(written)}</tr>"


def _text(cell: Cell) -> str:
    # Once the rows are sorted, every row needs the name of its group.
    return cell.text.strip() if cell.group is None else cell.group


def _bar(length: Bar | None) -> str:
    """A bar, or a sparkline of them. As an image: the page allows no inline style."""
    if length is None:
        return ""
    if not isinstance(length, tuple):
        return _image(100, 10, _box("all", 0, 100, 10, 10) + _box("part", 0, length * 100, 10, 10))
    bars = (
        _box("all", at * 10 + 4, 1, 20, 20)
        if each == VERSION_MARK
        else _box("part", at * 10, 8, (each or 0) * 20, 20)
        for at, each in enumerate(length)
    )
    return _image(len(length) * 10, 20, "".join(bars), "spark")


def _image(width: int, height: int, drawn: str, kind: str = "length") -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'aria-hidden="true">{drawn}</svg>'
    )


def _box(kind: str, x: float, width: float, height: float, floor: int) -> str:
    return (
        f'<rect class="{kind}" x="{x:g}" y="{floor - height:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )
