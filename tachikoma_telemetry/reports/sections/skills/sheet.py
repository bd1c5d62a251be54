"""The section `skills` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sentence,
    Sheet,
    bar,
    faults,
    name,
    number,
)
from .rows import OutsideWindowsRow, SkillRow

_COLUMNS = [
    Column("skill", right=False, shrink=16),
    Column("loads"),
    Column("failed", drop=3),
    Column("runs"),
    Column("succeeded"),
    Column("", drop=8, bar=True),
    Column("95 %", drop=2),
    Column("abandoned", drop=9),
    Column("run p50"),
    Column("p95", drop=5),
    Column("window p50", drop=1),
    Column("output tok.", drop=7),
    Column("cost", drop=6),
    Column("text tok.", drop=11),
    Column("iterations", drop=12),
    Column("retries", drop=13),
    Column("max reached", drop=10),
    Column("escalated", drop=10),
    Column("calls failed", drop=14),
    Column("sessions", drop=16),
    Column("projects", drop=17),
    Column("last used", drop=15),
]


def blocks(rows: Sequence[SkillRow]) -> list[Block]:
    """How often each skill was used, how that went, how long it took."""
    found: list[Block] = [_answer(rows), Sheet(_COLUMNS, [_cells(row) for row in rows])]
    contradicted = sum(row.contradicted or 0 for row in rows)
    if contradicted:
        runs = figures.counted(contradicted, "run")
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
    told = []
    for row in rows:
        told += [figures.counted(row.calls, "call")]
        told += [f"{figures.amount(row.tokens_output)} output tokens"] if row.tokens_output else []
        told += [figures.money(row.cost)] if row.cost else []
    return [Sentence(f"Outside of any skill's window: {', '.join(told)}.", "faint")] if told else []


def _answer(rows: Sequence[SkillRow]) -> Sentence:
    loads, failed = sum(r.loads for r in rows), sum(r.failed_loads for r in rows)
    measured = [row for row in rows if row.instrumented]
    text = f"{figures.counted(len(rows), 'skill')}, {figures.counted(loads, 'load')}"
    text += f" ({failed:,} more failed)" if failed else ""
    runs = sum(row.runs for row in rows)
    text += f", {figures.counted(runs, 'recorded run')}"
    others = {
        state: sum(getattr(row, state) or 0 for row in rows)
        for state in ("running", "unfinished", "abandoned")
    }
    told = ", ".join(f"{many:,} {state}" for state, many in others.items() if many)
    text += f" ({told})" if told else ""
    silent = len(rows) - len(measured)
    if silent and measured:
        text += f"; {silent} not instrumented"
    elif silent:
        text += "; none of them is instrumented"
    return Sentence(text + ".")


def _cells(row: SkillRow) -> list[Cell]:
    ended = (row.succeeded or 0) + (row.failed or 0) + (row.escalations or 0)
    calls = figures.UNKNOWN
    if row.tool_calls:
        failed = row.failed_tool_calls or 0
        calls = figures.Figure(f"{failed} of {row.tool_calls:,}", failed)
    return [
        name(row.skill, "strong"),
        number(figures.count(row.loads)),
        faults(row.failed_loads),
        number(figures.count(row.runs)),
        number(figures.share_of(row.success_rate, ended)),
        bar(row.success_rate),
        number(figures.interval(row.success_low, row.success_high), "faint"),
        faults(row.abandoned, "doubtful"),
        number(figures.duration(row.run_p50_ms)),
        number(figures.duration(row.run_p95_ms)),
        number(figures.duration(row.window_p50_ms)),
        number(figures.amount(row.tokens_output)),
        number(figures.money(row.cost)),
        number(figures.amount(row.context_tokens)),
        number(figures.count(row.iterations)),
        number(figures.count(row.retries)),
        faults(row.max_iterations_reached),
        faults(row.escalations, "doubtful"),
        number(calls),
        number(figures.count(row.sessions)),
        number(figures.count(row.projects)),
        number(figures.moment(row.last_used)),
    ]
