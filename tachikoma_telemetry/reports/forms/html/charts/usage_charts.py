"""The charts of the sections `skills`, `tools`, `models`, `sessions` and `rlm`."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.models.rows import ModelRow
from ....sections.rlm.rows import RlmRow
from ....sections.sessions.rows import SessionRow
from ....sections.skills.rows import SkillRow
from ....sections.tools.rows import ToolRow
from .. import svg
from ..chart import MOST, Chart, ChartRow, bars, label, rows, span, strips

_MOST_SESSIONS = 400
_HIGH = 160  # px


def skills(parts: Parts) -> list[Chart]:
    """How long runs take; without runs, how often skills are loaded."""
    given: list[SkillRow] = parts["skills"]
    if not any(row.runs for row in given):
        heads = ["skill", "loads", "more that failed"]
        loaded = [
            (
                label(row.skill),
                row.loads,
                [figures.count(row.loads), figures.count(row.failed_loads)],
            )
            for row in given
            if row.loads
        ]
        note = "Loads that succeeded."
        return [bars("Skills that are loaded", note, heads, loaded)] if loaded else []
    timed = {
        row.skill: (row.run_p50_ms, row.run_p95_ms) for row in given if row.run_p50_ms is not None
    }
    spread = [(row.skill, row.low_ms, row.high_ms, row.n) for row in parts["run_durations"]]
    return strips("How long runs take", spread, timed, "skill")


def tools(parts: Parts) -> list[Chart]:
    """How the durations of calls are spread."""
    given: list[ToolRow] = parts["tools"]
    timed = {
        row.tool: (row.duration_p50_ms, row.duration_p95_ms)
        for row in given
        if row.duration_p50_ms is not None
    }
    spread = [(row.tool, row.low_ms, row.high_ms, row.n) for row in parts["tool_durations"]]
    return strips("How long calls take", spread, timed, "tool")


_TOKENS = {
    "tokens_input": "input",
    "tokens_cache_read": "cache read",
    "tokens_cache_write": "cache write",
    "tokens_output": "output",
    "tokens_reasoning": "reasoning",
}


def models(parts: Parts) -> list[Chart]:
    """What each model's tokens were."""
    given: list[ModelRow] = parts["models"]
    tokens = [
        (row, {kind: many for kind in _TOKENS if (many := getattr(row, kind))})
        for row in given[:MOST]
    ]
    tokens = [(row, of_kind) for row, of_kind in tokens if of_kind]
    if not tokens:
        return []
    scale = svg.amounts(max(sum(of_kind.values()) for _, of_kind in tokens))
    drawn = []
    for row, of_kind in tokens:
        marks, start = "", 0.0
        for place, (kind, said) in enumerate(_TOKENS.items(), 1):
            if many := of_kind.get(kind):
                end = start + many
                text = f"{said}: {figures.amount(many)}"
                marks += svg.bar(scale.at(start), scale.at(end), f"series-{place}", text)
                start = end
        drawn.append(
            ChartRow(label(row.model), marks, [figures.amount(start), figures.money(row.cost)])
        )
    note = "From left to right: input, read from cache, written to it, output, reasoning."
    return [rows("Tokens by model", note, ["model", "tokens", "cost"], drawn, scale)]


def sessions(parts: Parts) -> list[Chart]:
    """Each session: when it began, and what it cost; without costs, how many calls it had."""
    given: list[SessionRow] = parts["sessions"]
    timed = [(row.started, row) for row in given if row.started is not None][:_MOST_SESSIONS]
    if len(timed) < 2:
        return []
    costly = any(row.cost for _, row in timed)
    values = [(row.cost or 0.0) if costly else float(row.calls) for _, row in timed]
    start, end = min(at for at, _ in timed), max(at for at, _ in timed)
    across, up = svg.Scale(start, max(end, start + 1)), svg.Scale(0, max(values) or 1)
    dots = "".join(
        svg.shape(
            "circle",
            f"{label(row.title)}: {_worth(value, costly=costly)}",
            cx=f"{svg.short(across.at(at))}%",
            cy=_HIGH - up.at(value) * (_HIGH - 8) / 100,
            r=4,
        )
        for (at, row), value in zip(timed, values, strict=True)
    )
    title = "What sessions cost" if costly else "How many calls sessions have"
    most = _worth(max(values), costly=costly)
    said = f"{title}: {len(timed):,} sessions, {most} at most; the table has the numbers."
    drawn = (
        f'<div class="dots"><svg role="img" aria-label="{said}">{dots}</svg>'
        f'<p class="ends"><span>{figures.day(start)}</span><span>at most {most}</span>'
        f"<span>{figures.day(end)}</span></p></div>"
    )
    note = "A dot is a session, at the time it began; the higher, the more."
    if len(timed) < len(given):
        note += f" The newest {len(timed):,} are shown."
    return [Chart(title, note, drawn)]


def _worth(value: float, *, costly: bool) -> str:
    return figures.money(value) if costly else f"{figures.count(round(value))} calls"


def rlm(parts: Parts) -> list[Chart]:
    """How long chunks take, by how they ran."""
    chunks: list[RlmRow] = parts["rlm"]
    timed = [
        (row, row.duration_p50_ms, row.duration_p95_ms or row.duration_p50_ms)
        for row in chunks[:MOST]
        if row.duration_p50_ms
    ]
    if not timed:
        return []
    scale = svg.durations(min(p50 for _, p50, _ in timed) / 2, max(p95 for *_, p95 in timed) * 2)
    drawn = [
        ChartRow(
            label(row.skill, row.mode),
            span(scale, p50, p50, p95),
            [
                *(figures.duration(p50), figures.duration(p95)),
                *(figures.factor(row.speedup), figures.count(row.chunks)),
            ],
        )
        for row, p50, p95 in timed
    ]
    note = "The dot is the median, the line goes to the 95th percentile."
    heads = ["skill · mode", "p50", "p95", "speed-up", "chunks"]
    return [rows("How long chunks take", note, heads, drawn, scale)]
