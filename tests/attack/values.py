"""Random events and random files in every place, and every report in every form."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..cli import test_values_fuzz
from .place import project_in

ENOUGH = {"random events": 20_000}


def attack(seed: int, folder: Path, size: int = 400) -> Counter[str]:
    """Record `size` random events among planted files, and report them."""
    with project_in(folder) as (root, patch):
        test_values_fuzz.attack(root, patch, f"attack-{seed}", size)
    return Counter({"random events": size})
