"""How often `patterns` shows a row where there is no pattern: ``python -m benchmarks.patterns``.

In each history calls fail independently of what came before, each tool at a rate of its own, which
is the same in every session, or differs: by chance, or because whole sessions go wrong. At most 1
history in 20 may show a row.
"""

from __future__ import annotations

import argparse
import math
import random
import sqlite3
from collections.abc import Callable
from importlib.resources import files

from tachikoma_telemetry import reports

TOOLS = {
    "bash": (30, 0.15), "read": (25, 0.03), "edit": (15, 0.2), "grep": (15, 0.02),
    "write": (5, 0.1), "glob": (5, 0.02), "task": (3, 0.05), "webfetch": (2, 0.2),
}  # fmt: skip
SIZES = ((20, 10), (100, 10), (200, 20))
# By how much the odds of a failure differ in a session, as a logarithm.
SESSIONS: dict[str, Callable[[random.Random], float]] = {
    "alike": lambda _: 0.0,
    "differ": lambda dice: dice.gauss(0, 1),
    "bad ones": lambda dice: 3.0 if dice.random() < 0.15 else 0.0,
}
_CALL = (
    "INSERT INTO calls (call_key, session_id, message_id, call_id, tool, outcome, started, copied, "
    "counted, source) VALUES (?, ?, 'm', ?, ?, ?, ?, 0, 1, 'db')"
)


def rows_by_chance(dice: random.Random, sessions: int, calls: int, kind: str) -> int:
    """How many rows a history without a pattern shows."""
    store = sqlite3.connect(":memory:", isolation_level=None)
    schema = files("tachikoma_telemetry.store").joinpath("schema.sql").read_text("utf-8")
    store.executescript(schema)
    store.execute("BEGIN")
    weights = [weight for weight, _ in TOOLS.values()]
    for session in range(sessions):
        many, shift = dice.randrange(2, 2 * calls), math.exp(SESSIONS[kind](dice))
        for at, tool in enumerate(dice.choices([*TOOLS], weights, k=many)):
            odds = shift * TOOLS[tool][1] / (1 - TOOLS[tool][1])
            outcome = "failed" if dice.random() < odds / (1 + odds) else "succeeded"
            key = f"{session}.{at}"
            store.execute(_CALL, (key, f"s{session}", key, tool, outcome, session * 10**6 + at))
    store.execute("COMMIT")
    shown = len(reports.build(store, "patterns", now_ms=10**12).parts["patterns"])
    store.close()
    return shown


def main() -> None:
    """Print how many histories showed a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="histories of each size")
    times = parser.parse_args().times
    for kind in SESSIONS:
        for sessions, calls in SIZES:
            dice = random.Random(sessions)
            some = sum(bool(rows_by_chance(dice, sessions, calls, kind)) for _ in range(times))
            size = f"{sessions:>4} sessions ({kind}) of {calls} calls"
            print(f"{size}: {some} of {times} histories show a row")


if __name__ == "__main__":
    main()
