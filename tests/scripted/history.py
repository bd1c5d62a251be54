"""A history that OpenCode wrote while the scenario was played, live or recorded, and what must be
found of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ExpectedCall:
    """One tool call that the scenario made.

    Attributes:
        session: the scenario's name of its session, e.g. ``main``; `Expected.sessions` has the id.
        call_id: without blanks around it. Only unique in its session.
        tool: as the model named it; OpenCode stores a call of an unknown tool as ``invalid``.
        outcome: ``succeeded``, ``failed``, ``timed_out``, ``invalid``, or ``running`` for ever.
        events: the types of the events that were recorded in it, in any order.
        overlaps: other bash calls certainly ran at the same time. On OpenCode 1.2.1 its events may
            have no call id then, and without a common session no session id either.
    """

    session: str
    call_id: str
    tool: str
    outcome: str
    events: tuple[str, ...]
    overlaps: bool


@dataclass(frozen=True)
class ExpectedStep:
    """One answer of the model; tokens as OpenCode counts them, so ``input`` is without ``cached``.

    ``finished`` is False where OpenCode was killed before it could write them down.
    """

    session: str
    model: str
    input: int
    output: int
    cached: int
    finished: bool


@dataclass(frozen=True)
class Process:
    """What a skill script said of itself.

    Attributes:
        session, call_id: of the call that ran it, as the scenario knows it.
        pid: which every event of it has.
        environment: the TACHIKOMA_* variables that it saw.
    """

    session: str
    call_id: str
    pid: int
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Expected:
    """What must be found of the scenario. ``sessions``: OpenCode's ids by the scenario's names."""

    sessions: Mapping[str, str]
    calls: tuple[ExpectedCall, ...]
    steps: tuple[ExpectedStep, ...]
    processes: tuple[Process, ...]

    def to_json(self) -> dict[str, Any]:
        """For a manifest."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Expected:
        """From a manifest."""
        return cls(
            sessions=data["sessions"],
            calls=tuple(
                ExpectedCall(**{**call, "events": tuple(call["events"])}) for call in data["calls"]
            ),
            steps=tuple(ExpectedStep(**step) for step in data["steps"]),
            processes=tuple(Process(**process) for process in data["processes"]),
        )


@dataclass(frozen=True)
class History:
    """OpenCode's database and the journal of the same run.

    ``project`` is the folder that OpenCode ran in, as the database names it; a recorded one need
    not exist.
    """

    version: str
    database: Path
    journal: Path
    project: Path
    expected: Expected
