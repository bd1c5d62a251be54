"""The 95 % interval of a rate: Wilson's. Checked against scipy in the tests.

Wilson, Journal of the American Statistical Association 22, 1927. It shows how much a single rate is
worth; what two rates differ by is in `difference`.
"""

from __future__ import annotations

import math

Z = 1.959963984540054  # 97.5 % of the normal distribution: 5 %, two-sided

Bounds = tuple[float, float]


def wilson(successes: int, n: int) -> Bounds:
    """The 95 % Wilson interval of a rate; `n` is at least 1."""
    half = Z * math.sqrt(successes * (n - successes) / n + Z * Z / 4)
    middle = successes + Z * Z / 2
    low = 0.0 if successes == 0 else (middle - half) / (n + Z * Z)
    high = 1.0 if successes == n else (middle + half) / (n + Z * Z)
    return low, high
