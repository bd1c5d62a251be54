"""Rows of the section `fleet`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, lower, meaning, moment, share, upper

MachineState = Literal["reporting", "stopped", "idle", "clock ahead"]


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One machine that exports."""

    machine: str = meaning("its name")
    person: str = meaning("who works on it")
    state: MachineState = meaning(
        "stopped: no export for three times as long as usual and 3 days, or for 14 days where "
        "that is not known; idle: it exports, but no session changed for 14 days; clock ahead: "
        "it exports, or has sessions of, times that are yet to come; else reporting"
    )
    sessions: int = amount("its sessions that the filters choose")
    last_activity: int | None = moment("the latest change of any of its sessions", "without one")
    last_export: int = moment("when its last export ended, by its own clock")
    usual_gap_ms: int | None = amount(
        "time between two exports that 9 of 10 stay below, ms; null with fewer than four"
    )
    version: str = meaning("of tachikoma-telemetry that exported last")


@dataclass(frozen=True, slots=True)
class SkillVersionRow:
    """One version of a skill, over all machines."""

    skill: str = meaning("the skill")
    version: str | None = meaning("SHA-256 of its text; null when unknown")
    have_it: int = amount("people whose last use of the skill was of this version")
    who: list[str] = meaning("these people, 20 at most")
    people: int = amount("people who ever used this version")
    loads: int = amount("loads that succeeded")
    runs: int = amount("runs")
    finished: int = amount("runs that succeeded, failed or escalated")
    succeeded: int = amount("runs that succeeded")
    success_rate: float | None = share("succeeded over finished; null without any")
    success_low: float | None = lower("succeeded", "finished")
    success_high: float | None = upper("succeeded", "finished")
    first_seen: int | None = moment("when the first use began", "when unknown")
    last_seen: int | None = moment("when the last use began", "when unknown")


@dataclass(frozen=True, slots=True)
class UnusedEverywhereRow:
    """One skill that machines have installed, and that none of them ever used."""

    skill: str = meaning("its name")
    machines: int = amount("machines on which it is installed")
    people: int = amount("people who work on them")
