"""Findings that are counts: what happened, whatever chance could do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...rate_intervals import wilson
from ..check.crossings import written
from ..check.rows import CrossingRow, Threshold
from ..fleet.rows import MachineRow
from ..overview.rows import Coverage
from ..patterns.rows import ErrorRow, ErrorSource
from ..skills.rows import SkillRow
from ..unused.rows import UnusedRow
from .rows import FindingRow, Kind, Level

Command = Callable[..., str]
"""The command that shows a section: its name, then filters of the finding by name."""

_FEW = 3  # less often is no news
_RECURS = 10  # times, and one of so many sessions
_NOT_JOINED = 0.05  # of the events
_NAMED = 3


_LIMITS: Mapping[Threshold, str] = {
    "skill_success": "success below",
    "edit_success": "edit success below",
    "run_p95_seconds": "95th percentile of runs above",
    "run_tokens": "tokens of a run above",
    "runs_abandoned": "abandoned runs above",
}


def crossed_limits(rows: Iterable[CrossingRow], command: Command) -> Iterator[FindingRow]:
    """What is beyond a limit that the user set: one finding a limit, the worst first."""
    of_limit: dict[tuple[Threshold, float], list[CrossingRow]] = defaultdict(list)
    for row in rows:
        of_limit[row.threshold, row.limit].append(row)
    for (threshold, limit), found in of_limit.items():
        low = threshold.endswith("success")
        found.sort(key=lambda row: row.value if low else -row.value)
        values = [_crossing(row) for row in found[:_NAMED]]
        more = len(found) - len(values)
        ns = ", ".join(f"{row.n:,}" for row in found[:_NAMED])
        skill, model = (found[0].skill, found[0].model) if len(found) == 1 else (None, None)
        yield FindingRow(
            *("bad", "threshold", skill, model),
            f"{_LIMITS[threshold]} the limit of {written(limit, threshold)}: {', '.join(values)}"
            + (f" and {more:,} more" if more else ""),
            f"{ns} {'attempts' if threshold == 'edit_success' else 'runs'}"
            + (
                f"; {intervals((round(row.value * row.n), row.n) for row in found[:_NAMED])}"
                if threshold.endswith(("success", "abandoned"))
                else ""
            ),
            command("check", skill=skill),
        )


def intervals(rates: Iterable[tuple[int, int]]) -> str:
    """Wilson's 95 % intervals in percent, as in `skills`, of rates: how many, and of how many."""
    return "95 %: " + ", ".join(str(figures.interval(*wilson(*each))) for each in rates)


def _crossing(row: CrossingRow) -> str:
    about = " with ".join(visible(each) for each in (row.skill or row.format, row.model) if each)
    of = f" of {row.n:,}" if row.threshold.endswith(("success", "abandoned")) else ""
    return f"{about or 'no skill'} {written(row.value, row.threshold)}{of}"


def contradictions(skills: Iterable[SkillRow], command: Command) -> Iterator[FindingRow]:
    """Runs that succeeded inside a call that failed."""
    rows = [(row.skill, row.contradicted or 0, row.succeeded or 0) for row in skills]
    text = "{} succeeded inside a call that failed"
    yield from _of_skills("bad", "contradiction", text, "succeeded", rows, 1, command)


def unfinished_runs(skills: Iterable[SkillRow], command: Command) -> Iterator[FindingRow]:
    """Runs that were killed, or left open."""
    rows = [
        (each.skill, (each.abandoned or 0) + (each.unfinished or 0), each.runs) for each in skills
    ]
    text = "{} never finished"
    yield from _of_skills("bad", "never finished", text, "runs", rows, _FEW, command)


def _of_skills(
    level: Level,
    kind: Kind,
    text: str,
    whole: str,
    rows: Iterable[tuple[str | None, int, int]],
    least: int,
    command: Command,
) -> Iterator[FindingRow]:
    """One finding of the skills that have such runs: the skill, how many, and of how many."""
    found = sorted((row for row in rows if row[1]), key=lambda row: (-row[1], row[0] or ""))
    many = sum(row[1] for row in found)
    if many < least:
        return
    only = found[0][0] if len(found) == 1 else None
    yield FindingRow(
        *(level, kind, only, None),
        text.format(f"{counted(many, 'run')} of {_listed([row[0] for row in found])}"),
        f"{many:,} of {sum(row[2] for row in found):,} {whole}",
        command("skills", skill=only),
    )


_FAILED: Mapping[ErrorSource, str] = {
    "call": "{} failed with",
    "run": "runs of {} failed with",
    "edit": "edits with {} failed with",
    "chunk": "{} chunks failed with",
    "retry": "{} was retried because of",
    "message": "messages of {} failed with",
}


def recurring_errors(
    errors: Iterable[ErrorRow], coverage: Coverage, command: Command
) -> Iterator[FindingRow]:
    """The error that most sessions have, when that is one of ten.

    A command that exits with 1 is none: so a test run says that work is not done, and `grep` that
    it found nothing.
    """
    least = max(_FEW, coverage.sessions / _RECURS)
    often = [
        row
        for row in errors
        if row.times >= _RECURS
        and row.sessions >= least
        and not (row.source == "call" and row.error == "exit 1")
    ]
    for row in sorted(often, key=lambda row: (-row.sessions, -row.times))[:1]:
        about = _FAILED[row.source].format(visible(row.name) if row.name else "no name")
        times = (
            f"{row.times:,} times, in {row.sessions:,} of {counted(coverage.sessions, 'session')}"
        )
        yield FindingRow(
            *("warning", "recurring error", row.name if row.source == "run" else None, None),
            f"{about} “{visible(row.error)}” {times}",
            "" if row.last_seen is None else f"last on {figures.day(row.last_seen)}",
            command("patterns"),
        )


def idle_skills(
    rows: Sequence[UnusedRow], coverage: Coverage, command: Command
) -> Iterator[FindingRow]:
    """Installed skills that are not used, and used ones that record nothing."""
    if not coverage.sessions:
        return
    unused = [row for row in rows if row.state != "not instrumented"]
    silent = [row for row in rows if row.state == "not instrumented"]
    if unused:
        tokens = sum(row.description_tokens or 0 for row in unused)
        yield FindingRow(
            *("warning", "unused", unused[0].skill if len(unused) == 1 else None, None),
            f"{counted(len(unused), 'installed skill')} {'is' if len(unused) == 1 else 'are'} not "
            f"used: {_listed([row.skill for row in unused])}",
            f"not in 30 days, or never; {counted(tokens, 'token')} of every request",
            command("unused"),
        )
    if silent:
        silent.sort(key=lambda row: -row.loads)
        uses = sum(row.loads for row in silent)
        are, them = ("is", "it") if len(silent) == 1 else ("are", "them")
        yield FindingRow(
            *("warning", "not measured", silent[0].skill if len(silent) == 1 else None, None),
            f"{_listed([row.skill for row in silent])} {are} used, but nothing of "
            f"{them} is recorded",
            counted(uses, "load"),
            command("unused"),
        )


def unjoined_events(coverage: Coverage, command: Command) -> Iterator[FindingRow]:
    """Events that no call fits, once they are one of twenty."""
    lost = coverage.events - coverage.exact - coverage.inferred
    if lost < max(_FEW, _NOT_JOINED * coverage.events):
        return
    share = figures.share(lost / coverage.events)
    yield FindingRow(
        *("warning", "not joined", None, None),
        f"{share} of the recorded events belong to no call",
        f"{lost:,} of {counted(coverage.events, 'event')}: {coverage.orphan:,} orphan, "
        f"{coverage.ambiguous:,} ambiguous, {coverage.none:,} none",
        command(None),
    )


def silent_machines(rows: Iterable[MachineRow], command: Command) -> Iterator[FindingRow]:
    """Machines that no longer export, or whose clock is wrong."""
    found = [row for row in rows if row.state == "stopped"]
    if found:
        found.sort(key=lambda row: row.last_export)
        have = "has" if len(found) == 1 else "have"
        last = max(row.last_export for row in found)
        yield FindingRow(
            *("warning", "stopped reporting", None, None),
            f"{_listed([row.machine for row in found])} {have} stopped exporting",
            f"no export since {figures.day(last)}, or earlier",
            command("fleet"),
        )


def _listed(names: Sequence[str | None]) -> str:
    shown = [visible(each) if each is not None else "no skill" for each in names[:_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
