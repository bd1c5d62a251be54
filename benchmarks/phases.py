"""Where the time of a cold merge goes: ``python -m benchmarks.merge --phases``.

Wall time of the phases of one merge in this process, each to the bare scan. Other processes read
meanwhile; what those worked is below.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tachikoma_telemetry.merge import derivation, merge
from tachikoma_telemetry.merge.facts.load import Loader
from tachikoma_telemetry.opencode import readers

_PHASES: dict[str, tuple[tuple[Any, ...], str]] = {
    "messages: insert": ((Loader,), "messages"),
    "calls: insert": ((Loader,), "calls"),
    "indexes": ((merge,), "create_indexes"),
    "activations of skills": ((derivation,), "derive_activations"),
    "edits": ((derivation,), "derive_edits"),
    "retries": ((derivation,), "derive_inferred_retries"),
}
_REST = "read here, wait for the readers, commit"


def measure(path: Path, store: Path, root: str, bare: float) -> None:
    """Print the phases of merging the database at `path`, in units of `bare` seconds."""
    took = dict.fromkeys(_PHASES, 0.0)
    for name, (owners, function) in _PHASES.items():
        for owner in owners:
            setattr(owner, function, _timed(getattr(owner, function), name, took))
    before = _worked(resource.RUSAGE_SELF), _worked(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    merge.merge(merge.MergeRequest(store, Path(root), [], databases=[path], all_projects=True))
    took[_REST] = time.perf_counter() - began - sum(took.values())
    print(f"bare scan {bare:.2f} s; of a cold merge, start-up left out, in bare scans:")
    for name, seconds in took.items():
        print(f"  {name:<40} {seconds / bare:5.2f}")
    own = _worked(resource.RUSAGE_SELF) - before[0]
    others = _worked(resource.RUSAGE_CHILDREN) - before[1]
    rows = "" if others else f" (none: below {readers.ROWS_MIN:,} rows, or one core)"
    print(f"  processor time of this process           {own / bare:5.2f}")
    print(f"  processor time of the readers            {others / bare:5.2f}{rows}")


def _timed(function: Callable[..., Any], name: str, took: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            took[name] += time.perf_counter() - began

    return timed


def _worked(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
