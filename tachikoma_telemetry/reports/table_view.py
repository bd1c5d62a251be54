"""What a user wants to see of a report's tables: which columns and rows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UnknownNameError
from ..visible import visible
from .blocks import Block, Cell, Column, Sentence, Sheet
from .suggestions import suggestion

_LEAST_ROWS = 10
_DESCENDING = "-"


@dataclass(frozen=True, slots=True)
class TableView:
    """The tables as a user wants them.

    Attributes:
        rows: as many rows of each table; None is what its section says.
        everything: every row, whatever `rows` says.
        screen: lines and columns of the screen that a long list should fit; None where there is no
            screen.
        lines: as many lines in all, as if the screen were so high; None is no limit.
        columns: headings of the columns to show, in this order; none is all of them.
        whole: what to ask for to get every row of a table that is cut.
        sort: the heading that rows are sorted by: the greatest number first, names from A; behind
            a "-" the other way round. None is the section's order.

    """

    rows: int | None = None
    everything: bool = False
    screen: tuple[int, int] | None = None
    lines: int | None = None
    columns: tuple[str, ...] = ()
    whole: str = "--all or --format csv"
    sort: str | None = None


def in_view(blocks: Sequence[Block], view: TableView) -> list[Block]:
    """The blocks of a section, its tables as the view says.

    Raises:
        UnknownNameError: when no table of the section has a column that the view names.

    """
    shown = [*blocks]
    if view.columns or view.sort is not None:
        _check_named(shown, view)
        shown = [_arranged(each, view) if isinstance(each, Sheet) else each for each in shown]
    if view.columns:
        # What is said about other columns would be in the way.
        shown = [each for each in shown if isinstance(each, Sheet) and each.columns]
    room = _room(shown, view)
    return [part for each in shown for part in _cut(each, view, room)]


def _check_named(blocks: Sequence[Block], view: TableView) -> None:
    known = {
        column.title: None
        for each in blocks
        if isinstance(each, Sheet)
        for column in each.columns
        if column.title
    }
    wanted = [*view.columns, *([] if view.sort is None else [_key(view.sort)])]
    for each in wanted if known else ():
        if each not in known:
            option = "columns" if each in view.columns else "sort"
            said = suggestion(each, [*known])
            raise UnknownNameError(option, f"no column '{visible(each)}' is here; {said}")


def _key(sort: str) -> str:
    return sort.removeprefix(_DESCENDING)


def _arranged(sheet: Sheet, view: TableView) -> Sheet:
    by_title = {column.title: column for column in sheet.columns}
    rows = sheet.given
    if view.sort is not None and (column := by_title.get(_key(view.sort))) is not None:
        rows = _sorted(rows, column, backwards=view.sort.startswith(_DESCENDING))
        sheet = replace(sheet, given=rows, newest_last=False)
    if view.columns:
        columns = [by_title[each] for each in view.columns if each in by_title]
        sheet = replace(sheet, columns=[replace(each, drop=0) for each in columns])
    return sheet


def _sorted(rows: Sequence[Any], column: Column, *, backwards: bool) -> list[Any]:
    """Unknown is last, either way."""
    cells = [(column.cell(row), row) for row in rows]
    known = [(cell, row) for cell, row in cells if not cell.unknown]
    numbers = all(cell.number is not None for cell, _ in known)
    known.sort(key=lambda each: _order(each[0], numbers=numbers), reverse=numbers != backwards)
    return [row for _, row in known] + [row for cell, row in cells if cell.unknown]


def _order(cell: Cell, *, numbers: bool) -> Any:
    return cell.number if numbers else cell.text.casefold()


def _room(blocks: Sequence[Block], view: TableView) -> int | None:
    """How many rows of a long list fit the screen, with all that is around it."""
    if view.screen is None:
        return None
    lines, width = view.screen
    # The heading, what a long list says of itself, and the shell's next line.
    lines -= 4
    for block in blocks:
        if not isinstance(block, Sheet):
            lines -= -(-len(block.text) // width)
        else:
            lines -= 2 if block.most is not None else len(block.given) + 2
    return max(lines, _LEAST_ROWS if view.lines is None else 1)


def _cut(block: Block, view: TableView, room: int | None) -> list[Block]:
    if not isinstance(block, Sheet):
        return [block]
    most = view.rows
    if most is None and block.most is not None:
        most = block.most if room is None else room
    many = len(block.given)
    if view.everything or most is None or most >= many:
        return [block.drawn()]
    rows = block.given[-most:] if block.newest_last else block.given[:most]
    where = "last" if block.newest_last else "first"
    text = f"The {where} {most:,} of {many:,} {block.noun}; {view.whole} has them all."
    return [Sentence(text, "faint"), replace(block, given=rows).drawn()]
