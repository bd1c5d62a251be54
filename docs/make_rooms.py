"""Draw the rooms of the package and what each may import: ``make pages``.

The rooms, the arrows and the layers come from the table that the tests hold the package against
(`tests/house/rooms.py`); only the column of a room and the words under its name are written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

from tests.house.rooms import ARROWS, WORDS

PICTURE = Path(__file__).parent / "pictures" / "rooms.svg"


class Place(NamedTuple):
    """How a room is drawn: None as its column is a bar from edge to edge."""

    column: int | None
    about: str
    kind: str = "base"


# The columns: three for recording, one for merge, one for what it shares with reports, reports.
PLACES: Mapping[str, Place] = {
    "cli": Place(None, "the commands; the only room that prints", "cli"),
    "package": Place(0, "what a skill imports", "recording"),
    "testing": Place(1, "recording in tests", "recording"),
    "legacy": Place(2, "the predecessor's calls", "recording"),
    "recording": Place(1, "run, attempts, delivery", "recording"),
    "journal": Place(2, "events on disk", "recording"),
    "merge": Place(3, "both sources, one store", "merge"),
    "merge.metrics": Place(4, "windows, edits, runs", "merge"),
    "merge.facts": Place(3, "calls, loads, events", "merge"),
    "merge.base": Place(4, "progress, what changed", "merge"),
    "opencode": Place(3, "OpenCode's storage", "base"),
    "store": Place(4, "unified.db", "base"),
    "export": Place(2, "OpenTelemetry", "reports"),
    "fleet": Place(2, "many machines", "reports"),
    "schemas": Place(4, "JSON Schemas", "reports"),
    "dashboard": Place(4, "live, in a terminal", "reports"),
    "sample": Place(1, "what demo shows", "base"),
    "reports": Place(5, "a report is built", "reports"),
    "reports.forms": Place(5, "table, JSON, CSV, HTML", "reports"),
    "reports.sections": Place(5, "a folder each", "reports"),
    "reports.selection": Place(5, "filters as views", "reports"),
    "reports.base": Place(5, "blocks, figures, names", "reports"),
    "vocabulary": Place(None, "what an event is: types, fields, ids, cleaning", "base"),
    WORDS: Place(None, "clock, errors, project and the like; every room may import them", "words"),
}

_COLUMNS = 6
_COLUMN, _LAYER = 166, 96
_WIDE, _HIGH = 146, 52
_MARGIN, _TITLE = 20, 74
_WIDTH = 2 * _MARGIN + _COLUMNS * _COLUMN

_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"
  height="{height}" role="img" aria-labelledby="title desc">"""
_TIP = """  <defs>
    <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
      orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0 0 8 4 0 8z"/></marker>
  </defs>"""
_NOTE = (
    "A room imports only rooms that its arrows lead to, directly or by way of others. "
    "No arrow leads up."
)

_STYLE = """
    svg { --page: #ffffff; --ink: #1f2328; --quiet: #59636e; --line: #6e7781;
      --recording: #ddf4ff; --merge: #fbefff; --reports: #dafbe1; --base: #fff8c5;
      --cli: #f6f8fa; --words: #f6f8fa; }
    @media (prefers-color-scheme: dark) {
      svg { --page: #0d1117; --ink: #e6edf3; --quiet: #9ea7b3; --line: #8b949e;
        --recording: #0c2d52; --merge: #3b1d5e; --reports: #0f3a1d; --base: #3f2e05;
        --cli: #21262d; --words: #21262d; }
    }
    text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
    .head { font-size: 20px; font-weight: 600; }
    .name { font-size: 13px; font-weight: 600; text-anchor: middle; }
    .about { font-size: 11.5px; fill: var(--quiet); text-anchor: middle; }
    .note { font-size: 13px; fill: var(--quiet); }
    rect.page { fill: var(--page); }
    rect.room { stroke: var(--line); stroke-width: 1; }
    .recording { fill: var(--recording); } .merge { fill: var(--merge); }
    .reports { fill: var(--reports); } .base { fill: var(--base); }
    .cli { fill: var(--cli); } .words { fill: var(--words); }
    path.arrow { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#tip); }
    #tip path { fill: var(--line); }
"""


def drawn_arrows() -> dict[str, list[str]]:
    """The arrows that the picture shows.

    Left out: those to the words that all rooms share, and an arrow to a room that others reach,
    too (``merge → journal``, as ``merge → merge.facts → journal`` is there).
    """
    below = {room: set(arrows) - {WORDS} for room, arrows in ARROWS.items() if room != WORDS}
    return {
        room: sorted(
            target
            for target in targets
            if not any(target in _reached(below, other) for other in targets - {target})
        )
        for room, targets in below.items()
    }


def layers() -> dict[str, int]:
    """The layer of each room, 0 at the bottom: every arrow leads to a lower one."""
    below = {room: set(arrows) for room, arrows in ARROWS.items()}
    layer: dict[str, int] = {}

    def layer_of(room: str) -> int:
        if room not in layer:
            lowest = 0 if room == WORDS else 1
            layer[room] = max((layer_of(each) + 1 for each in below[room]), default=lowest)
        return layer[room]

    for room in below:
        layer_of(room)
    # A room that imports nothing is drawn just below the first that imports it.
    for room, arrows in below.items():
        if not arrows - {WORDS} and PLACES[room].column is not None:
            layer[room] = min(layer[each] for each, others in below.items() if room in others) - 1
    return layer


def picture() -> str:
    """The picture as SVG, readable on a light and on a dark page."""
    missing = sorted(set(ARROWS) ^ set(PLACES))
    if missing:
        raise ValueError(f"PLACES in docs/make_rooms.py and ARROWS differ in {missing}")
    height = _TITLE + max(layers().values()) * _LAYER + _HIGH + _MARGIN
    return "\n".join(
        [
            _HEAD.format(width=_WIDTH, height=height),
            '  <title id="title">The rooms of tachikoma-telemetry</title>',
            f'  <desc id="desc">{escape(_in_words())}</desc>',
            f"  <style>{_STYLE}  </style>",
            _TIP,
            f'  <rect class="page" width="{_WIDTH}" height="{height}" rx="6"/>',
            f'  <text class="head" x="{_MARGIN + 10}" y="34">Which room imports which</text>',
            f'  <text class="note" x="{_MARGIN + 10}" y="56">{_NOTE}</text>',
            *_paths(),
            *_boxes(),
            "</svg>",
            "",
        ]
    )


def up_to_date() -> bool:
    """Whether the picture in the folder is the one that would be drawn now."""
    return PICTURE.read_text(encoding="utf-8") == picture()


def _reached(below: Mapping[str, set[str]], start: str) -> set[str]:
    return below[start].union(*(_reached(below, each) for each in below[start]))


def _in_words() -> str:
    """All arrows, for who hears the picture."""
    order = sorted(ARROWS, key=lambda room: (-layers()[room], room))
    said = [
        f"{room} ({PLACES[room].about}) imports {', '.join(sorted(ARROWS[room])) or 'no other'}."
        for room in order
    ]
    return f"{len(ARROWS)} rooms, from the top down. {' '.join(said)}"


def _top(room: str) -> float:
    return _TITLE + (max(layers().values()) - layers()[room]) * _LAYER


def _centre(room: str) -> float | None:
    """The middle of a room from left to right; None of one from edge to edge."""
    column = PLACES[room].column
    return None if column is None else _MARGIN + (column + 0.5) * _COLUMN


def _boxes() -> Iterator[str]:
    for room in sorted(ARROWS, key=lambda each: (_top(each), _centre(each) or 0)):
        centre, top, place = _centre(room), _top(room), PLACES[room]
        wide = _WIDTH - 2 * _MARGIN - (_COLUMN - _WIDE) if centre is None else _WIDE
        middle = _WIDTH / 2 if centre is None else centre
        yield (
            f'  <rect class="room {place.kind}" x="{middle - wide / 2:g}" y="{top:g}" '
            f'width="{wide:g}" height="{_HIGH}" rx="6"/>'
        )
        yield f'  <text class="name" x="{middle:g}" y="{top + 22:g}">{escape(room)}</text>'
        yield f'  <text class="about" x="{middle:g}" y="{top + 40:g}">{escape(place.about)}</text>'


def _paths() -> Iterator[str]:
    arrows = [(room, target) for room, targets in drawn_arrows().items() for target in targets]
    for room, target in sorted(arrows):
        here, there = _centre(room), _centre(target)
        start = here if here is not None else there
        end = there if there is not None else here
        if start is None or end is None:  # from bar to bar
            start = end = _WIDTH / 2
        x, y = _port(room, start, end), _top(room) + _HIGH
        yield f'  <path class="arrow" d="{_way(x, y, _port(target, end, start), _top(target))}"/>'


def _port(room: str, own: float, other: float) -> float:
    """Where an arrow leaves or reaches a room: to the side where the other room is."""
    if _centre(room) is None or own == other:
        return own
    far = abs(other - own) / _COLUMN
    return own + (14 + 12 * far if other > own else -14 - 12 * far)


def _way(x: float, y: float, to_x: float, to_y: float) -> str:
    """Into the column of the room below between the first two layers, then straight down."""
    if x == to_x:
        return f"M{x:g} {y:g}V{to_y:g}"
    turn = min(y + _LAYER - _HIGH, to_y)
    half = (turn - y) / 2
    curve = f"M{x:g} {y:g}C{x:g} {y + half:g} {to_x:g} {turn - half:g} {to_x:g} {turn:g}"
    return curve if turn == to_y else f"{curve}V{to_y:g}"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
