"""How a first merge grows with sessions × events: ``python -m benchmarks.merge --events N``.

The same at one, four and sixteen times the sessions and events. Each figure is the processor time
of one whole merge, its readers included: on a busy machine it wavers less than wall time.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from pathlib import Path

from . import database, journal

TIMES = (1, 4, 16)
_EVENTS_OF_SESSION = 10
# A session of the other benchmarks is larger; here many are needed.
_MESSAGES = 20
_TEXT_MAX = 800


def measure(
    folder: Path,
    events: int,
    sessions: int | None,
    merge_of: Callable[[Path, Path], list[str]],
    seconds: Callable[[Sequence[str]], float],
    memory: Callable[[Sequence[str]], int],
) -> None:
    """Print what merges take at 1×, 4× and 16×.

    Args:
        folder: where to write.
        events: at 1×.
        sessions: at 1×; None for a tenth of the events.
        merge_of: the command that merges a database into a store.
        seconds: runs a command, and says how long it took.
        memory: runs a command, and says how many MB it had.
    """
    print("  sessions     events   first merge   × the one before   memory   nothing new")
    before = None
    for times in TIMES:
        many = (sessions or max(1, events // _EVENTS_OF_SESSION)) * times
        root = folder / f"{times}"
        path = root / "opencode.db"
        root.mkdir()
        database.build(path, str(root), sessions=many, messages=_MESSAGES, longest=_TEXT_MAX)
        journal.write_journal(
            root / ".opencode" / "telemetry" / "metrics.json", path, events * times
        )
        merge = merge_of(path, root / "unified.db")
        took = _worked(merge, seconds)
        again = _worked(merge, seconds)
        most = memory(merge_of(path, root / "other.db"))
        growth = f"{took / before:8.1f} ×" if before else " " * 10
        print(
            f"  {many:8,} {events * times:10,}   {took:9.2f} s   {growth:>16}   {most:3} MB"
            f"   {again:9.2f} s"
        )
        before = took


def _worked(command: Sequence[str], seconds: Callable[[Sequence[str]], float]) -> float:
    """Processor seconds of a command and what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
