"""``python -m tests.reference N [FIRST]``: hold N random histories against the reports."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter

from .histories import pieces_of
from .hold import disagreements, smallest


def main() -> int:
    """Show the first disagreement of each kind as it is found, and at last how many there are."""
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    number, first, *_ = [*numbers, *(100, 0)[len(numbers) :]]
    kinds: Counter[str] = Counter()
    shown: dict[str, int] = {}
    for seed in range(first, first + number):
        for each in disagreements(pieces_of(seed)):
            kind = _kind(each)
            kinds[kind] += 1
            if kind not in shown:
                shown[kind] = seed
                print(f"seed {seed}: {each}", flush=True)
    for kind, times in kinds.most_common():
        print(f"{times:6} {kind}")
    if kinds and "--smallest" in sys.argv:
        seed = shown[kinds.most_common(1)[0][0]]
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
