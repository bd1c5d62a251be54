"""Inline SVG, written by hand: a few shapes whose colours are classes of the style sheet.

Lengths along the page are percents, so that a drawing takes the room that there is and its text
keeps its size. A shape's `<title>` is its tooltip; the Content-Security-Policy allows no style in
an attribute.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from ... import figures


def short(number: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def shape(name: str, said: str = "", /, **attributes: float | str) -> str:
    """An element; `said` is its tooltip, plain text. `kind` is its class, `_` in a name is `-`."""
    written = "".join(
        f" {'class' if key == 'kind' else key.replace('_', '-')}="
        f'"{value if isinstance(value, str) else short(value)}"'
        for key, value in attributes.items()
    )
    return (
        f"<{name}{written}><title>{escape(said)}</title></{name}>"
        if said
        else (f"<{name}{written}/>")
    )


def bar(start: float, end: float, kind: str = "amount", said: str = "") -> str:
    """A bar from one percent to another, as high as its row."""
    wide = f"{short(max(end - start, 0.3))}%"
    return shape("rect", said, kind=kind, x=f"{short(start)}%", width=wide)


def line(start: float, end: float, y: float = 11) -> str:
    """An interval: a line, in the middle of a chart's row."""
    return shape("line", kind="span", x1=f"{short(start)}%", x2=f"{short(end)}%", y1=y, y2=y)


def dot(at: float) -> str:
    """A value in the middle of its row."""
    return shape("circle", kind="dot", cx=f"{short(at)}%", cy=11, r=5)


def tick(at: float, kind: str) -> str:
    """A line across the row."""
    return shape("line", kind=kind, x1=f"{short(at)}%", x2=f"{short(at)}%", y1=2, y2=20)


def rule(at: float, kind: str = "rule") -> str:
    """A line of the background, which goes on in the next row."""
    return shape("line", kind=kind, x1=f"{short(at)}%", x2=f"{short(at)}%", y1=-2, y2=25)


def points(places: Iterable[tuple[float, float]]) -> str:
    """Places as `points` of a line or polygon."""
    return " ".join(f"{short(x)},{short(y)}" for x, y in places)


class Scale(NamedTuple):
    """Where values are between the left edge (0 %) and the right one (100 %).

    Attributes:
        low: the value at the left edge.
        high: the value at the right edge, above `low`.
        ticks: labelled values, in order.
        log: whether it is logarithmic; `low` is then above 0.

    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]] = ()
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value, in percent; what is beyond an edge is at it."""
        value = min(max(value, self.low), self.high)
        low, high = self.low, self.high
        if self.log:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return 100 * (value - low) / (high - low)

    def axis(self) -> str:
        """The labels below the rows."""
        labels = "".join(
            f'<text x="{short(self.at(value))}%" y="11" text-anchor="{self._anchor(value)}">'
            f"{escape(text)}</text>"
            for value, text in self.ticks
            if text
        )
        return f'<svg class="axis" aria-hidden="true">{labels}</svg>'

    def grid(self) -> str:
        """A line at each label, behind a row."""
        return "".join(rule(self.at(value)) for value, _ in self.ticks)

    def _anchor(self, value: float) -> str:
        place = self.at(value)
        return "start" if place < 5 else "end" if place > 95 else "middle"


RATES = Scale(0, 1, [(0, "0 %"), (0.25, ""), (0.5, "50 %"), (0.75, ""), (1, "100 %")])


def amounts(most: float) -> Scale:
    """A scale from 0 to an amount, with three to five labels."""
    step = 10 ** math.floor(math.log10(most)) if most > 0 else 1
    for part in (0.2, 0.5, 1):
        if most / (step * part) <= 5:
            step *= part
            break
    ticks = [step * each for each in range(int(most / step) + 1)]
    return Scale(0, most or 1, [(each, figures.amount(each)) for each in ticks])


_TIMES = (1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000)
_BETWEEN = (2, 5, 20, 50, 200, 500, 2000, 5000, 30_000, 300_000, 1_800_000)
_MOST_TICKS = 5


def durations(low: float, high: float) -> Scale:
    """A logarithmic scale from `low` to `high` ms, above 0, labelled in clock units."""
    high = max(high, 2 * low)
    ticks = [each for each in _TIMES if low <= each <= high]
    if len(ticks) < 3:
        ticks = [each for each in sorted((*_TIMES, *_BETWEEN)) if low <= each <= high]
    ticks = ticks[:: -(-len(ticks) // _MOST_TICKS) or 1]
    return Scale(low, high, [(each, _clock(each)) for each in ticks], log=True)


def _clock(ms: int) -> str:
    for unit, name in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if ms >= unit:
            return f"{ms // unit} {name}"
    return f"{ms} ms"
