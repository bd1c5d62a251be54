"""What a report is about: the filters, and what each means for each kind of row.

A filter decides row by row. Filters combine: a row must pass all of them.

    since, until   A row belongs to the period of its start: a session to that of its creation, an
                   RLM chunk to that of its end less its duration, every other event to its time.
                   `since` is inside the period, `until` outside. A row of unknown start is in none.
    skill          Loads and runs of it, events of its runs, and the calls, edits and messages in
                   all of its windows, whichever skill was loaded beside it; calls with an event
                   that names it; sessions in which it was active. Its load counts as a call of it.
    model          Compared by the id after the last "/", so `glm-4.7` is `zai/glm-4.7`. Rows of
                   that model; sessions with a message of it. Rows that name none do not pass.
    session        That session, or the one whose id begins so, and its subagents' sessions, however
                   deep. Events that name it but have no call are in `coverage`, and in no other
                   section. "last" is the session with the latest activity, a subagent's being its
                   parent's.
    directory      Sessions of that folder or below, symbolic links resolved, and what belongs to
                   them; of a session that was moved, what it did in that folder. An event without a
                   call belongs to the session that it names, and where that is not known, to the
                   project whose journal held it.
    source         Attempts to edit and runs from events, from calls, or all; no other row.
    tool, outcome  Rows of the section `calls`, and no other. A tool that OpenCode renamed is found
                   by each of its names.
"""

from dataclasses import dataclass
from typing import Literal

from ..meaning import meaning

Source = Literal["event", "call", "all"]
Outcome = Literal[
    "succeeded", "failed", "timed_out", "invalid", "cancelled", "abandoned", "running"
]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows a report counts; what is None does not filter.

    Raises:
        ValueError: when `until` is not after `since`.
    """

    since: int | None = meaning(
        "start of the period, ms since the epoch, inside it; null when open", default=None
    )
    until: int | None = meaning(
        "end of the period, ms since the epoch, outside it; null when open", default=None
    )
    skill: str | None = meaning("a skill's name; null for all", default=None)
    model: str | None = meaning("a model, with or without its provider; null for all", default=None)
    session: str | None = meaning(
        "an id, or how one begins; in a report the whole id, `last` if none is; null for all",
        default=None,
    )
    directory: str | None = meaning(
        "a folder; in a report its real path; null for all", default=None
    )
    source: Source = meaning("where edit attempts and runs come from", default="all")
    tool: str | None = meaning(
        "a tool's name, in the section `calls` only; null for all", default=None
    )
    outcome: Outcome | None = meaning(
        "how a call ended, in the section `calls` only; null for all", default=None
    )

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError("the period ends before it begins")

    @property
    def given(self) -> bool:
        """Whether anything is filtered."""
        return self != Filters()
