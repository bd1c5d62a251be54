"""What the command line gives the dashboard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

Progress = Callable[[str, int, int | None], None]
"""Is called with the phase of a merge, what of it is done, and the total (None if unknown)."""


class Merged(NamedTuple):
    """What a merge did.

    Attributes:
        changed: whether it brought anything.
        said: what a user should know, such as a database that is gone.

    """

    changed: bool
    said: Sequence[str]


class Checked(NamedTuple):
    """A line of the doctor.

    Attributes:
        state: ok, warn or bad.
        area: what was checked; empty for a line that goes on with the one before.
        text: what was found.
        fix: what to do about it; None when there is nothing to do.

    """

    state: str
    area: str
    text: str
    fix: str | None = None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where everything comes from.

    Attributes:
        project: what the project is called.
        store: the unified store.
        merge: merges what is new; raises `TachikomaError`, and whatever the progress raises.
        watched: the files that change when there may be something new.
        doctor: what every check finds.
        options: those of single sections: installed skills, thresholds.
        page: where `w` writes the HTML page.
        words: options of the commands that `y` copies, such as ``--project``.
        now_ms: the time, ms since the epoch.

    """

    project: str
    store: Path
    merge: Callable[[Progress], Merged]
    watched: Callable[[], Iterable[Path]]
    doctor: Callable[[], Sequence[Checked]]
    page: Path
    options: Callable[[], Sequence[object]] = tuple
    words: Sequence[str] = ()
    now_ms: Callable[[], int] = _now_ms
