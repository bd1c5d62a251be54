"""What the reports say of random histories is what a second, independent count says."""

from __future__ import annotations

import pytest

from ..random_history import seeds
from ..reference.histories import pieces_of
from ..reference.hold import disagreements


@pytest.mark.parametrize("seed", seeds(fast=1, all=8, start=100))
def test_the_reports_agree_with_the_second_count(seed: int) -> None:
    """Merged whole, in pieces, of one project or of all, again, and rebuilt."""
    assert [] == disagreements(pieces_of(seed))


@pytest.mark.slow
def test_a_history_in_pieces_is_the_same_history() -> None:
    """A seed is a history, and any of its parts is one: that is what makes it small."""
    assert pieces_of(7) == pieces_of(7)
    for part in (slice(0, 5), slice(3, None, 2)):
        disagreements(pieces_of(7)[part])
