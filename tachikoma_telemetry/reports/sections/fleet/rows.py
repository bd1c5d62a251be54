"""Rows of the section `fleet`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount, lower, share, upper

MachineState = Literal["reporting", "stopped", "idle", "clock ahead"]


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One machine that exports."""

    machine: Annotated[str, Meaning("its name")]
    person: Annotated[str, Meaning("who works on it")]
    state: Annotated[
        MachineState,
        Meaning(
            "stopped: no export for three times as long as usual and 3 days, or for 14 days where "
            "that is not known; idle: it exports, but no session changed for 14 days; clock ahead: "
            "it exports, or has sessions of, times that are yet to come; else reporting"
        ),
    ]
    sessions: Annotated[int, amount("its sessions that the filters choose")]
    last_activity: Annotated[
        int | None,
        amount("the latest change of any of its sessions, ms since the epoch; null without one"),
    ]
    last_export: Annotated[
        int, amount("when its last export ended, by its own clock, ms since the epoch")
    ]
    usual_gap_ms: Annotated[
        int | None,
        amount("time between two exports that 9 of 10 stay below, ms; null with fewer than four"),
    ]
    version: Annotated[str, Meaning("of tachikoma-telemetry that exported last")]


@dataclass(frozen=True, slots=True)
class SkillVersionRow:
    """One version of a skill, over all machines."""

    skill: Annotated[str, Meaning("the skill")]
    version: Annotated[str | None, Meaning("SHA-256 of its text; null when unknown")]
    have_it: Annotated[int, amount("people whose last use of the skill was of this version")]
    who: Annotated[list[str], Meaning("these people, 20 at most")]
    people: Annotated[int, amount("people who ever used this version")]
    loads: Annotated[int, amount("loads that succeeded")]
    runs: Annotated[int, amount("runs")]
    finished: Annotated[int, amount("runs that succeeded, failed or escalated")]
    succeeded: Annotated[int, amount("runs that succeeded")]
    success_rate: Annotated[float | None, share("succeeded over finished; null without any")]
    success_low: Annotated[float | None, lower("succeeded", "finished")]
    success_high: Annotated[float | None, upper("succeeded", "finished")]
    first_seen: Annotated[
        int | None, amount("when the first use began, ms since the epoch; null when unknown")
    ]
    last_seen: Annotated[
        int | None, amount("when the last use began, ms since the epoch; null when unknown")
    ]


@dataclass(frozen=True, slots=True)
class UnusedEverywhereRow:
    """One skill that machines have installed, and that none of them ever used."""

    skill: Annotated[str, Meaning("its name")]
    machines: Annotated[int, amount("machines on which it is installed")]
    people: Annotated[int, amount("people who work on them")]
