"""What a merge did, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..words import counted, unknown_rows

if TYPE_CHECKING:
    from ..merge.merge import Summary

WHY = {
    "orphan": "naming a call that is not here: not written yet, or of another folder",
    "ambiguous": "fitting more than one call, and none is guessed",
    "none": "recorded outside of any OpenCode call",
}


def describe(summary: Summary) -> list[str]:
    """The summary in sentences."""
    lines = [
        f"{counted(summary.sessions, 'session')}, {counted(summary.calls, 'call')}"
        + (f" (and {counted(summary.copies, 'copy', 'copies')} in forks)" if summary.copies else "")
    ]
    if summary.events:
        joined = summary.matches["exact"] + summary.matches["inferred"]
        inferred = summary.matches["inferred"]
        lines.append(
            f"{joined} of {counted(summary.events, 'event')} joined to a call"
            + (f", {inferred} of them inferred" if inferred else "")
        )
        for match, why in WHY.items():
            if summary.matches[match]:
                lines.append(f"  {summary.matches[match]} {match}: {why}")
    else:
        lines.append(
            'no events yet: record some with `with telemetry.skill_run("…")` in a skill\'s code'
        )
    if summary.malformed:
        lines.append(f"{counted(summary.malformed, 'malformed row')} skipped")
    if summary.unknown:
        lines.append(unknown_rows(summary.unknown))
    if summary.dropped:
        lines.append(f"{counted(summary.dropped, 'value')} that can't be right left out")
    return lines
