"""What the command line gives the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..clock import now_ms
from ..progress import Progress
from ..reports.meaning import meaning


class MergeResult(NamedTuple):
    """What a merge did.

    Attributes:
        changed: whether it brought anything.
        said: what a user should know, such as a database that is gone.
    """

    changed: bool
    said: Sequence[str]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the doctor."""

    state: str = meaning("ok, warn: something is missing, bad: something can't be read")
    area: str = meaning("what was checked")
    text: str = meaning("what was found")
    fix: str | None = meaning("what to do about it; null when there is nothing to do", default=None)


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
    merge: Callable[[Progress], MergeResult]
    watched: Callable[[], Iterable[Path]]
    doctor: Callable[[], Sequence[CheckRow]]
    page: Path
    options: Callable[[], Sequence[object]] = tuple
    words: Sequence[str] = ()
    now_ms: Callable[[], int] = now_ms
