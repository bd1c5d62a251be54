"""docs/decisions.md shows what its commands print, and what it says of statistics holds."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import looking
from docs import make_decisions

DOCS = make_decisions.PAGE.parent
PAGE = make_decisions.PAGE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_its_commands_print_what_it_shows() -> None:
    """Every command and program of the page prints what the page shows (`make pages`)."""
    assert PAGE == make_decisions.up_to_date(PAGE)


def test_nothing_of_a_machine_is_in_it() -> None:
    """The project is made in a folder of its own, whose name is nobody's business."""
    assert "tmp" not in PAGE


def test_who_looks_often_is_wrong_more_often() -> None:
    """Without a change: wrong in 1 of 20 at the end, in 1 of 7 for who stops at a first verdict."""
    dice, draw, histories = np.random.default_rng(1), looking.rates(0.7), 2000
    verdicts = [
        looking.runs_by_themselves(draw(dice, 100), draw(dice, 100))[4::5] for _ in range(histories)
    ]

    assert sum(bool(each[-1]) for each in verdicts) / histories <= 1 / 20
    ever = sum(bool(each.any()) for each in verdicts) / histories
    assert ever == pytest.approx(1 / 7, abs=0.02)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Every file and heading that a page of the documentation points to is there."""
    for target, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text()):
        file = page.parent / target if target else page
        assert file.exists(), target
        if heading:
            assert heading in _headings(file), f"{target}#{heading}"


def _headings(page: Path) -> set[str]:
    """The names that its headings have in links."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}
