"""Recorded databases with rows broken in every way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.scripted import versions

from ..merge.test_fuzz import loosened, merge_broken_columns, merge_broken_data
from .place import project_in

ENOUGH = {"malformed rows": 323_188}


def attack(seed: int, folder: Path, size: int = 40) -> Counter[str]:
    """Merge a recording `size` times, half of its rows broken."""
    done: Counter[str] = Counter()
    with project_in(folder) as (root, _):
        version = versions.VERSIONS[seed % len(versions.VERSIONS)]
        recording = loosened(version, folder / "recording")
        for number in range(size):
            broken = merge_broken_columns if number % 8 == 7 else merge_broken_data
            done["malformed rows"] += broken(recording, root, seed * size + number)
    return done
