"""What a chart is, and the kinds that most are: a drawing in each row of a table, and a grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from ....visible import visible
from ... import figures
from ...figures import UNKNOWN
from . import svg
from .svg import Scale

MOST = 15
"""Rows that a chart shows of many."""


class Chart(NamedTuple):
    """A chart of a section.

    Attributes:
        title: what it shows.
        note: how to read it, one sentence.
        drawn: HTML, with its numbers as text.
        wide: whether it needs the whole width of the page.
    """

    title: str
    note: str
    drawn: str
    wide: bool = False

    def written(self) -> str:
        """The chart as a figure."""
        kind = ' class="wide"' if self.wide else ""
        return (
            f"<figure{kind}>\n<figcaption><strong>{escape(self.title)}</strong> "
            f"<span>{escape(self.note)}</span></figcaption>\n{self.drawn}\n</figure>"
        )


class ChartRow(NamedTuple):
    """A row of a chart: its name, what is drawn, and its numbers as texts."""

    name: str
    marks: str
    numbers: Sequence[str]


def label(*names: str | None) -> str:
    """Names from the data as one label; what is unknown is a dash."""
    return " · ".join(UNKNOWN if each is None else visible(each) for each in names)


def rows(
    title: str,
    note: str,
    heads: Sequence[str],
    given: Iterable[ChartRow],
    scale: Scale,
    *,
    wide: bool = False,
) -> Chart:
    """A table whose second column is drawn.

    `note` says how to read it, `heads` are the headings of the names and of the numbers. The first
    `MOST` of its rows are shown. `wide`: it needs the whole width of the page.
    """
    shown = [*given][:MOST]
    first, *others = map(escape, heads)
    head = "".join(f'<th scope="col">{each}</th>' for each in others)
    grid = scale.grid()
    body = "\n".join(_row(row, grid) for row in shown)
    text = (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}">'
        f'<table class="plot">\n<thead><tr><th scope="col">{first}</th><td></td>{head}</tr>'
        f"</thead>\n<tbody>\n{body}\n</tbody>\n<tfoot><tr><td></td><td>{scale.axis()}</td>"
        f"{'<td></td>' * len(others)}</tr></tfoot>\n</table></div>"
    )
    return Chart(title, note, text, wide)


def _row(row: ChartRow, grid: str) -> str:
    said = escape(": ".join([row.name, ", ".join(row.numbers)]))
    cells = "".join(f"<td>{escape(each)}</td>" for each in row.numbers)
    return (
        f'<tr><th scope="row">{escape(row.name)}</th><td class="drawn">'
        f'<svg aria-hidden="true"><title>{said}</title>{grid}{row.marks}</svg></td>{cells}</tr>'
    )


def span(scale: Scale, at: float, low: float | None, high: float | None) -> str:
    """A value with its interval; without one, when that is not known."""
    if low is None or high is None:
        return svg.dot(scale.at(at))
    return svg.line(scale.at(low), scale.at(high)) + svg.dot(scale.at(at))


def bars(
    title: str, note: str, heads: Sequence[str], given: Iterable[tuple[str, float, Sequence[str]]]
) -> Chart:
    """A bar for each amount: its name, how much, and its numbers as texts."""
    shown = [*given][:MOST]
    scale = svg.amounts(max((many for _, many, _ in shown), default=0))
    drawn = [ChartRow(name, svg.bar(0, scale.at(many)), numbers) for name, many, numbers in shown]
    return rows(title, note, heads, drawn, scale)


def strips(
    title: str,
    given: Iterable[tuple[str | None, float, float | None, int]],
    percentiles: Mapping[str | None, tuple[float | None, float | None]],
    what: str,
) -> list[Chart]:
    """Distributions of durations, a strip each.

    Each is given as its name, the lower and upper edge of a bin (ms; None is open) and how many
    fell in it; `percentiles`, by name, as p50 and p95 in ms, in the order of the strips. `what` is
    the heading of the names.
    """
    bins: dict[str | None, list[tuple[float, float, int]]] = {
        name: [] for name in [*percentiles][:MOST]
    }
    for name, low, high, many in given:
        if name in bins:
            bins[name].append((max(low, 0.5), high or 2 * low, many))
    if not any(bins.values()):
        return []
    edges = [edge for of_name in bins.values() for low, high, _ in of_name for edge in (low, high)]
    scale = svg.durations(min(edges), max(edges))
    drawn = [
        ChartRow(
            label(name),
            _strip(of_name, scale)
            + "".join(
                svg.tick(scale.at(each), kind)
                for each, kind in zip(percentiles[name], ("median", "tick"), strict=True)
                if each is not None
            ),
            [figures.duration(each) for each in percentiles[name]],
        )
        for name, of_name in bins.items()
        if of_name
    ]
    note = (
        "The darker, the larger the share that took that long; thick line: median, thin line: "
        "95th percentile."
    )
    return [rows(title, note, [what, "p50", "p95"], drawn, scale)]


_SHADES = 5


def _strip(bins: Sequence[tuple[float, float, int]], scale: Scale) -> str:
    n = sum(many for _, _, many in bins)
    return "".join(
        svg.bar(
            scale.at(low),
            scale.at(high),
            f"heat s{min(_SHADES, 1 + int(_SHADES * (many / n) ** 0.5))}",
            f"{figures.duration(low)} – {figures.duration(high)}: {figures.share_of(many / n, n)}",
        )
        for low, high, many in bins
    )


class Square(NamedTuple):
    """A cell of a grid.

    Attributes:
        text: its number.
        n: what that is of, smaller; empty where the text says it.
        shade: −1 (red) to 1 (green); 0 is neither.
        said: its tooltip.
        best: whether it is outlined.
    """

    text: str
    n: str = ""
    shade: float = 0
    said: str = ""
    best: bool = False


def grid(
    label: str,
    across: Sequence[str],
    down: Iterable[tuple[str, Sequence[Square | None], str]],
    *,
    last: str = "",
) -> str:
    """A table with shaded cells.

    A screen reader calls it `label`. Each row of `down` has a name, its cells, and what is
    concluded of it, which may be empty; `last` is the heading of the conclusions, if there are any.
    """
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in across)
    heads += f'<th scope="col">{escape(last)}</th>' if last else ""
    body = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(map(_square, cells))}'
        + (f"<td>{escape(said)}</td>" if last else "")
        + "</tr>"
        for name, cells, said in down
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">'
        f'<table class="grid">\n<thead><tr><td></td>{heads}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _square(square: Square | None) -> str:
    if square is None:
        return "<td></td>"
    step = round(_SHADES * square.shade)
    shade = f" {'g' if step > 0 else 'r'}{min(abs(step), _SHADES)}" if step else ""
    n = f" <small>{escape(square.n)}</small>" if square.n else ""
    title = f' title="{escape(square.said)}"' if square.said else ""
    best = " best" if square.best else ""
    return f'<td class="sq{shade}{best}"{title}>{escape(square.text)}{n}</td>'
