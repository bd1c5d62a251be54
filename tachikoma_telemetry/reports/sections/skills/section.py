"""The section `skills`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, bar, faults, interval, name
from ...query import rows
from ...section import Part, Request, Section, part
from .rows import OutsideWindowsRow, RunDurationRow, SkillRow

# What skills.sql reads; the section `check` reads it, too.
NEEDS = (
    *("session_projects", "call_outcomes", "run_outcomes", "contradictions", "skill_uses"),
    "unrecorded_steps",
)


_ENOUGH = 5  # ended runs


def read(request: Request[Any]) -> list[SkillRow]:
    """The worst first: those whose rate may be the lowest. Then those with few runs, or none."""
    found = rows(request.store, __package__, "skills", SkillRow)
    # 1 of 1 is no bad rate, though its interval begins at 21 %.
    found.sort(key=lambda row: (row.ended < _ENOUGH, row.success_low if row.ended else 2.0))
    return found


def _failed_calls(failed: int | None, calls: int | None) -> str:
    return (
        figures.Figure(f"{failed or 0:,} of {calls:,}", failed or 0) if calls else figures.UNKNOWN
    )


BAD = 0.7
"""A skill that succeeds less often has a mark: the limit of `check`, unless another one is set."""


def _mark(row: SkillRow) -> Cell:
    """✗ where it is surely bad, ! where it looks so: a colour alone says nothing in a file."""
    if row.success_rate is None or row.success_rate >= BAD:
        return Cell("")
    surely = row.success_high is not None and row.success_high < BAD
    return Cell("✗", "bad") if surely else Cell("!", "doubtful")


def _marks_explained(marks: Collection[str]) -> str:
    limit = figures.share(BAD)
    said = {
        "✗": f"✗ clearly succeeds less often than {limit}",
        "!": f"! less than {limit} so far",
    }
    return f"{'; '.join(said[each] for each in said if each in marks)}."


_COLUMNS = [
    Column("skill", name, "skill", "strong", right=False, shrink=16),
    Column("", _mark, right=False),
    Column("runs", figures.count, "runs", drop=3),
    Column("succeeded", figures.share_of, ("success_rate", "ended")),
    Column("", bar, "success_rate", drop=4, bar=True),
    Column("95 %", interval, ("success_low", "success_high"), drop=1),
    Column("run p50", figures.duration, "run_p50_ms"),
    Column("p95", figures.duration, "run_p95_ms", drop=6),
    Column("cost", figures.money, "cost", drop=2),
    Column("loads", figures.count, "loads"),
    Column("failed loads", faults, "failed_loads", drop=8),
    Column("time in skill", figures.duration, "window_p50_ms", drop=5),
    Column("of calls", figures.count, "runs_from_calls", drop=7),
    Column("abandoned", faults, "abandoned", "doubtful", drop=9),
    Column("gave up", faults, "max_iterations_reached", drop=10),
    Column("escalated", faults, "escalations", "doubtful", drop=10),
    Column("output tok.", figures.amount, "tokens_output", drop=11),
    Column("size (tokens)", figures.amount, "context_tokens", drop=12),
    Column("iterations", figures.count, "iterations", drop=13),
    Column("retries", figures.count, "retries", drop=14),
    Column("calls failed", _failed_calls, ("failed_tool_calls", "tool_calls"), drop=15),
    Column("last used", figures.moment, "last_used", drop=16),
    Column("sessions", figures.count, "sessions", drop=17),
    Column("projects", figures.count, "projects", drop=18),
    Column("by user", figures.count, "loads_by_user", drop=19),
]


def blocks(rows: Sequence[SkillRow]) -> list[Block]:
    """How often each skill was used, how that went, how long it took."""
    found: list[Block] = [_answer(rows), Sheet(_COLUMNS, rows)]
    if any(_mark(row).text for row in rows):
        found.append(Sentence(_marks_explained({_mark(row).text for row in rows}), "faint"))
    contradicted = sum(row.contradicted or 0 for row in rows)
    if contradicted:
        runs = counted(contradicted, "run")
        found.append(
            Sentence(
                f"{runs} recorded success in a call that ended with another exit code than 0: "
                'the skill should record run.fail("…"), or exit_code=True.',
                "doubtful",
            )
        )
    return found


def outside(rows: Sequence[OutsideWindowsRow]) -> list[Block]:
    """How much happened while no skill was active."""
    facts = []
    for row in rows:
        facts += [counted(row.calls, "call")]
        facts += [f"{figures.amount(row.tokens_output)} output tokens"] if row.tokens_output else []
        facts += [figures.money(row.cost)] if row.cost else []
    if not facts:
        return []
    return [Sentence(f"Outside of any skill's window: {', '.join(facts)}.", "faint")]


def _answer(rows: Sequence[SkillRow]) -> Sentence:
    loads, failed = sum(r.loads for r in rows), sum(r.failed_loads for r in rows)
    measured = [row for row in rows if row.instrumented or row.runs]
    text = f"{counted(len(rows), 'skill')}, {counted(loads, 'load')}"
    text += f" ({failed:,} more failed)" if failed else ""
    runs = sum(row.runs for row in rows)
    seen = sum(row.runs_from_calls for row in rows)
    text += f", {counted(runs - seen, 'recorded run')}"
    text += f", {counted(seen, 'shell call')} that ran a skill's file" if seen else ""
    others = {
        state: sum(getattr(row, state) or 0 for row in rows)
        for state in ("running", "unfinished", "abandoned")
    }
    facts = ", ".join(f"{counted(many, 'run')} {state}" for state, many in others.items() if many)
    text += f"; {facts}" if facts else ""
    silent = len(rows) - len(measured)
    if silent and measured:
        text += f"; {silent:,} not instrumented"
    elif silent:
        text += "; none of them is instrumented"
    return Sentence(text + ".")


SECTION: Section[None] = Section(
    name="skills",
    question="which skills are used, how often they succeed, how long they take and what they cost",
    parts={
        "skills": Part(SkillRow, read),
        "outside_windows": part(__package__, "outside_windows", OutsideWindowsRow, in_brief=False),
        "run_durations": part(__package__, "run_durations", RunDurationRow, for_charts=True),
    },
    blocks=lambda parts: [*blocks(parts["skills"]), *outside(parts["outside_windows"])],
    brief=lambda parts: blocks(parts["skills"]),
    empty="No skill was loaded or run yet: load one in OpenCode, or record a run with "
    "`with telemetry.skill_run(…)`.",
    needs=("duration_bins", "message_sums", "call_sums", *NEEDS),
    shows_times=True,
    columns=_COLUMNS,
    headings={
        "succeeded": "runs that succeeded, of those that succeeded, failed or escalated",
        "time in skill": "median time from a load to the end of what it was used for",
    },
)
