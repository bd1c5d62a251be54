"""The report for a terminal, as rich renderables. The only form that imports rich.

Texts go to rich as `Text`, never as markup, so a name cannot act. How wide a sheet is and whether
bars can be drawn is decided when it is drawn, by the console it is drawn on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ..blocks import VERSION_MARK, Bar, Block, Cell, Column, Heading, Sentence, Sheet, Tone
from ..build import Report
from ..document import blocks_of, summary_of
from ..table_view import TableView

_STYLES: dict[Tone, str] = {
    "plain": "",
    "good": "green",
    "bad": "red",
    "doubtful": "yellow",
    "faint": "dim",
    "strong": "bold",
}
_GAP = 2
_BAR = 8
_LEAST = 3
_NAME = 6
_SPARKS = "·▁▂▃▄▅▆▇█"
_ZERO = ("0", "$0.00")
_PLAIN = str.maketrans({"–": "-", "−": "-", "×": "x", "·": ".", "→": "->", "↓": "", "…": "..."})


def tables(
    report: Report, view: TableView | None = None, *, summary: bool = False
) -> list[RenderableType]:
    """What to print, in order. Fits 80 columns, and uses a wider terminal.

    With `summary` the overview takes one screen rather than showing every section.
    """
    drawn: list[RenderableType] = []
    before: Block | None = None
    shown = summary_of if summary else partial(blocks_of, conclusion_last=True)
    for block in shown(report, view):
        drawn.append(_DrawnBlock(block, apart=_apart(before, block)))
        before = block
    return drawn


def _apart(before: Block | None, block: Block) -> bool:
    """Whether an empty line goes before a block."""
    if before is None or isinstance(before, Heading):
        return False
    return isinstance(block, Heading) or (isinstance(before, Sheet) and isinstance(block, Sheet))


class _DrawnBlock:
    """A block, drawn to the measure of the console that asks."""

    def __init__(self, block: Block, *, apart: bool) -> None:
        self._block = block
        self._apart = apart

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in self._parts(options):
            # rich fills lines up with blanks, and a wrapped line keeps the one it broke at.
            for line in console.render_lines(part, options, pad=False):
                yield from _without_trailing_blanks(line)
                yield Segment.line()

    def _parts(self, options: ConsoleOptions) -> Iterator[RenderableType]:
        block = self._block
        if self._apart:
            yield Text("")
        if isinstance(block, Sheet):
            yield from _table(block, options)
            return
        text = _text(block.text, _STYLES["plain"], options)
        if isinstance(block, Sentence):
            text.stylize(_STYLES[block.tone])
            yield text
            return
        text = _shortened(text, max(10, options.max_width - 4), options)
        text.stylize("bold")
        yield Rule(text, align="left", style="dim", characters="-" if options.ascii_only else "─")


def _without_trailing_blanks(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        text, style, control = kept[-1]
        kept[-1] = Segment(text.rstrip(), style, control)
    return kept


def _text(text: str, style: str, options: ConsoleOptions) -> Text:
    if options.ascii_only:
        plain = text.translate(_PLAIN)
        text = plain.encode("ascii", "backslashreplace").decode("ascii")
    return Text(text, style=style)


def _table(sheet: Sheet, options: ConsoleOptions) -> Iterator[RenderableType]:
    texts = [
        [_cell(cell, column, options) for column, cell in zip(sheet.columns, row, strict=True)]
        for row in sheet.rows
    ]
    titles = [_text(column.title, "", options) for column in sheet.columns]
    wide = [
        max((cell_len(text.plain) for text in (title, *(row[at] for row in texts))), default=0)
        for at, title in enumerate(titles)
    ]
    telling = {
        at for at in range(len(titles)) if any(_says_something(row[at]) for row in sheet.rows)
    }
    content = [
        max((cell_len(row[at].plain) for row in texts), default=0) for at in range(len(wide))
    ]
    widths = _fit(sheet.columns, wide, content, telling, options)
    table = Table(
        box=None,
        show_header=any(column.title for column in sheet.columns),
        header_style="dim",
        padding=(0, _GAP, 0, 0),
        pad_edge=False,
    )
    for at, width in widths.items():
        column = sheet.columns[at]
        table.add_column(
            _cropped(titles[at], column, width, options),
            justify="right" if column.right and not column.bar else "left",
            width=width,
            no_wrap=not column.wrap,
            overflow="fold" if column.wrap else "ellipsis",
        )
    for row in texts:
        table.add_row(
            *(_cropped(row[at], sheet.columns[at], width, options) for at, width in widths.items())
        )
    yield table
    missing = [
        title.plain
        for at, title in enumerate(titles)
        if at not in widths and sheet.columns[at].mention
    ]
    if missing:
        yield _text(f"no room for {', '.join(missing)}", "dim", options)


def _cropped(text: Text, column: Column, width: int, options: ConsoleOptions) -> Text:
    return text if column.wrap else _shortened(text, width, options)


def _shortened(text: Text, width: int, options: ConsoleOptions) -> Text:
    """A cut is marked with "…", which not every encoding has."""
    if not options.ascii_only:
        text.truncate(width, overflow="ellipsis")
    elif len(text) > width:
        return Text(text.plain[: width - 2] + "..", style=text.style)
    return text


def _cell(cell: Cell, column: Column, options: ConsoleOptions) -> Text:
    if column.bar:
        return _bar(cell.bar)
    return _text(cell.text, _STYLES[cell.tone], options)


def _says_something(cell: Cell) -> bool:
    # 0 % of 12 does: it is bad news.
    return not cell.unknown and cell.text not in _ZERO


def _bar(length: Bar | None) -> Text:
    if length is None:
        return Text("")
    if isinstance(length, tuple):
        return Text("".join(map(_spark, length)))
    full, half = divmod(round(length * _BAR * 2), 2)
    drawn = "━" * full + "╸" * half
    return Text(drawn) + Text("·" * (_BAR - len(drawn)), style="dim")


def _spark(length: float | None) -> str:
    if length is None:
        return " "
    if length == VERSION_MARK:
        return "┊"
    # The least that is not 0 still shows.
    return _SPARKS[0 if not length else max(1, round(length * (len(_SPARKS) - 1)))]


def _fit(
    columns: Sequence[Column],
    wide: Sequence[int],
    content: Sequence[int],
    telling: Collection[int],
    options: ConsoleOptions,
) -> dict[int, int]:
    """Which columns there is room for, and how wide.

    Where there is too little, columns in which all is 0 or unknown go first; then names are cut,
    then other columns go, and at last headings and names are cut to a few letters, and the
    rightmost columns go: half a number is worse than none. rich cuts columns, but drops none.
    """
    widths = {
        at: width
        for at, (column, width) in enumerate(zip(columns, wide, strict=True))
        if not (column.bar and options.ascii_only)
    }
    silent = [at for at in widths if at and at not in telling]
    for empty in sorted(silent, key=lambda at: -columns[at].drop):
        if _over(widths, options) > 0:
            del widths[empty]
    names_cut = {at: columns[at].shrink or width for at, width in widths.items()}
    all_cut = {at: min(each, _fewest(columns[at], content[at])) for at, each in widths.items()}
    droppable = sorted(widths, key=lambda at: -columns[at].drop)
    needed = [at for at in droppable if not columns[at].drop]
    for least, dropped in (
        (names_cut, droppable[: len(droppable) - len(needed)]),
        (all_cut, needed[:1:-1]),
    ):
        for at in (None, *dropped):
            if at is not None:
                del widths[at]
            if (over := _over(widths, options)) <= _elastic(widths, least):
                return _cut(widths, least, over)
    return _cut(widths, dict.fromkeys(widths, _LEAST), _over(widths, options))


def _fewest(column: Column, content: int) -> int:
    return max(content, _LEAST) if column.shrink is None else min(column.shrink, _NAME)


def _over(widths: dict[int, int], options: ConsoleOptions) -> int:
    return sum(widths.values()) + _GAP * (len(widths) - 1) - options.max_width


def _elastic(widths: dict[int, int], least: dict[int, int]) -> int:
    return sum(max(0, width - least[at]) for at, width in widths.items())


def _cut(widths: dict[int, int], least: dict[int, int], over: int) -> dict[int, int]:
    """Take `over` cells from the columns that are above their least width, the widest first."""
    cut = dict(widths)
    for _ in range(over):
        elastic = [at for at in cut if cut[at] > least[at]]
        if not elastic:
            break
        cut[max(elastic, key=lambda at: cut[at])] -= 1
    return cut
