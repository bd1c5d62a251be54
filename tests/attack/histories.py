"""Random histories against an independent count."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..reference.histories import pieces_of
from ..reference.hold import disagreements
from .place import project_in

ENOUGH = {"random histories": 1_000}


def attack(seed: int, folder: Path, size: int = 20) -> Counter[str]:
    """Merge `size` histories whole, in pieces and again, and count them a second time."""
    with project_in(folder):
        for number in range(seed * size, (seed + 1) * size):
            found = disagreements(pieces_of(number))
            assert not found, f"history {number}: {found[:5]}"
    return Counter({"random histories": size})
