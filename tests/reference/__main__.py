"""``python -m tests.reference N [FIRST]``: hold N random histories against the reports."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter

from .histories import pieces_of
from .hold import disagreements, smallest


def main() -> int:
    """Say of each kind of disagreement how often it is, and show the first history of each."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds: Counter[str] = Counter()
    shown: dict[str, tuple[int, str]] = {}
    for seed in range(first, first + number):
        for each in disagreements(pieces_of(seed)):
            kind = _kind(each)
            kinds[kind] += 1
            shown.setdefault(kind, (seed, each))
    for kind, times in kinds.most_common():
        seed, example = shown[kind]
        print(f"{times:6} {kind}\n       seed {seed}: {example}")
    if kinds and "--smallest" in sys.argv:
        seed, example = shown[kinds.most_common(1)[0][0]]
        print(f"the smallest history of seed {seed}:")
        for piece in smallest(pieces_of(seed)):
            print(json.dumps(piece))
    print(f"{number} histories, {sum(kinds.values())} disagreements")
    return 1 if kinds else 0


def _kind(sentence: str) -> str:
    """What a disagreement is about, without its numbers and names."""
    sentence = re.sub(r"^(whole|pieces|own)(, |: )", "", sentence)
    return re.sub(r" \(.*?\): (\w+) .*| is .*|(changes: \w+) .*", r".\1\2", sentence)


if __name__ == "__main__":
    sys.exit(main())
