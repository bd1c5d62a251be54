"""docs/pictures/rooms.svg is what the table of rooms says."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from docs import make_rooms
from tests.house.rooms import ARROWS

_SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_up_to_date() -> None:
    """The picture shows the arrows that the tests allow today."""
    assert make_rooms.up_to_date(), "docs/pictures/rooms.svg is not that of the rooms: make pages"


def test_every_arrow_of_the_picture_leads_down() -> None:
    """A room is drawn above every room that it imports."""
    layers = make_rooms.layers()
    up = [(a, b) for a, below in ARROWS.items() for b in below if layers[a] <= layers[b]]
    assert up == []


def test_the_picture_says_every_arrow_in_words() -> None:
    """Users of a screen reader get each room with all rooms that it imports."""
    root = ET.fromstring(make_rooms.picture())

    described = root.findtext(f"{_SVG}desc") or ""
    assert root.findtext(f"{_SVG}title")
    for room, below in ARROWS.items():
        sentence = next(each for each in described.split(". ") if f"{room} (" in each)
        assert all(each in sentence for each in below), room
