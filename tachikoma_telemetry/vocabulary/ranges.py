"""The ranges of numbers, wherever they come from.

A number outside is a mistake of its writer (ns taken for ms, a clock that was never set), and one
such number would outweigh all others in a sum or a mean. It is dropped and counted; the rest of its
event or call is kept. Every sum of nine million such numbers fits into the 64 bits that SQLite has.
"""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """The least and the greatest value; both are allowed."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether `value` is within; NaN is within no range."""
        return self.low <= value <= self.high


# ms since the epoch: the years 2000 to 9999, which dates can be written for in every zone. A day
# is left at the far end, because a zone may be ahead of UTC.
TIME = Range(946_684_800_000, 253_402_214_400_000)
# ms: ten years.
DURATION = Range(0, 315_576_000_000)
TOKENS = Range(0, 10**12)
# Characters, tokens or lines of a chunk.
SIZE = Range(0, 10**12)
# Which one, or how many.
INDEX = Range(0, 10**9)
NUMBER = Range(1, 10**9)
# In the currency that OpenCode counts in.
COST = Range(0, 1e9)
SHARE = Range(0, 1)
# Of one among several answers: a probability, a distance or the logarithm of either.
SCORE = Range(-1e9, 1e9)
# Of a process: systems have 22 to 32 bits for it.
PROCESS = Range(0, 2**32)
