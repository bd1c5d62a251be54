"""An interval, drawn in a line of characters."""

from __future__ import annotations

_HALF = 7


def drawn(low: float, middle: float, high: float) -> str:
    """An interval on a scale from −1 to 1, whose 0 is the bar in the middle: ``·······│─●──··``.

    An arrow says that it goes on beyond the scale.
    """

    def place(value: float) -> int:
        return _HALF + round(max(-1.0, min(1.0, value)) * _HALF)

    line = ["·"] * (2 * _HALF + 1)
    for at in range(place(low), place(high) + 1):
        line[at] = "─"
    line[_HALF] = "┼" if low <= 0 <= high else "│"
    if low < -1:
        line[0] = "←"
    if high > 1:
        line[-1] = "→"
    line[place(middle)] = "●"
    return "".join(line)
