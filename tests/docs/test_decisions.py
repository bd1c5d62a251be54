"""docs/decisions.md shows what its commands print, and what it says of statistics holds."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from docs import make_decisions
from tachikoma_telemetry.reports.rate_intervals import newcombe

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
    random, repetitions, rate = Random(1), 2000, 0.7
    once = ever = 0
    for _ in range(repetitions):
        before = (sum(random.random() < rate for _ in range(100)), 100)
        after = [random.random() < rate for _ in range(100)]
        verdicts = [
            not low <= 0 <= high
            for low, high in (
                newcombe(before, (sum(after[:seen]), seen), corrected=True)
                for seen in range(5, 101, 5)
            )
        ]
        once += verdicts[-1]
        ever += any(verdicts)

    assert once / repetitions <= 1 / 20
    assert ever / repetitions == pytest.approx(1 / 7, abs=0.02)


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
