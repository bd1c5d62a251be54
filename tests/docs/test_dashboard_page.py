"""docs/dashboard.md: its pictures are of the present dashboard, and it names every key."""

from __future__ import annotations

import re
import time

import pytest

from docs import make_pictures
from tachikoma_telemetry.dashboard.application import VIEWS, Dashboard
from tests.dashboard.board import lines_of

PAGE = (make_pictures.PICTURES.parent / "dashboard.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", make_pictures.DASHBOARD)
def test_its_pictures_are_of_the_present_dashboard(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures show what the dashboard shows now, line by line (`make pictures`)."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    kept = (make_pictures.PICTURES / f"dashboard-{name}.svg").read_text(encoding="utf-8")

    try:
        assert lines_of(make_pictures.draw_dashboard(name)) == lines_of(kept)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_it_names_every_screen_and_key() -> None:
    """A new key or screen is on the page."""
    named = {"slash": "/", "question_mark": "?", "left_square_bracket": "[", "right": "→"}
    named |= {"right_square_bracket": "]"}
    for binding in Dashboard.BINDINGS:
        key = getattr(binding, "key", "")
        assert f"`{named.get(key, key)}`" in PAGE, key
    for number, view in enumerate(VIEWS, 1):
        assert re.search(rf"\| `{number}` \| {view.title} \|", PAGE)
