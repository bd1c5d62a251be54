"""What the conventions have no span for: a skill's window, and a run that a skill recorded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from functools import partial

from .candidate import SpanCandidate, rows
from .session_tree import SessionTree
from .span import Link, Span, known, moment, span_id, trace_id


def window_spans(
    store: sqlite3.Connection, tree: SessionTree, open_turns: Mapping[str, int]
) -> Iterator[SpanCandidate]:
    """A span a load: from its end to the end of the last message that it had an effect on, as far
    as that was known when its turn ended.

    `open_turns` says, by session, when a turn that is not over began.
    """
    for window in rows(store, "windows.sql"):
        began = moment(window["ended"], window["started"])
        open_since = open_turns.get(window["session_id"])
        if began is not None and (open_since is None or began < open_since):
            yield SpanCandidate(
                span_id("window", window["call_key"]), partial(_window_span, window, began, tree)
            )


def final_runs(store: sqlite3.Connection, settled: int) -> Iterator[sqlite3.Row]:
    """The recorded runs that have ended, or of which nothing was heard since `settled`."""
    for run in rows(store, "runs.sql"):
        heard = run["last_seen"] or run["ended"] or run["started"] or 0
        if _run_start(run) is not None and (run["outcome"] or heard <= settled):
            yield run


def run_spans(
    store: sqlite3.Connection, tree: SessionTree, settled: int
) -> Iterator[SpanCandidate]:
    """A span a recorded run."""
    for run in final_runs(store, settled):
        yield SpanCandidate(span_id("run", run["run_id"]), partial(_run_span, run, tree))


def _run_start(run: sqlite3.Row) -> int | None:
    """When a run began, ms; None when no time of it is known."""
    ended = run["ended"]
    before = int(ended - run["run_ms"]) if ended and run["run_ms"] else None
    return moment(run["started"], before, ended, run["last_seen"])


def outcome_of(run: sqlite3.Row) -> str:
    """How a run ended; one without an end was left to another process, or died."""
    return str(run["outcome"] or ("unfinished" if run["left_open"] else "abandoned"))


def _window_span(window: sqlite3.Row, began: int, tree: SessionTree) -> Span:
    session, skill = window["session_id"], window["skill"]
    trace, load = tree.session(session).trace, span_id("call", window["call_key"])
    return Span(
        f"tachikoma.skill_window {skill}",
        trace,
        span_id("window", window["call_key"]),
        span_id("turn", tree.turn(session, window["started"] or began)),
        began,
        moment(began + window["window_ms"]) or began,
        known(
            {
                "gen_ai.skill.name": skill,
                "gen_ai.agent.name": window["agent"],
                **tree.names(session),
                "tachikoma.skill.version": window["skill_version"],
                "tachikoma.skill.trigger": window["trigger"],
                # The conventions' names would count them twice: they are those of the steps.
                "tachikoma.window.input_tokens": window["tokens_input"],
                "tachikoma.window.output_tokens": window["tokens_output"],
                "tachikoma.window.cache_read_tokens": window["tokens_cache_read"],
                "tachikoma.window.cost": window["cost"],
                "tachikoma.window.tool_calls": window["tool_calls"],
                "tachikoma.window.failed_tool_calls": window["failed_tool_calls"],
            }
        ),
        links=(Link(trace, load),),
    )


def _run_span(run: sqlite3.Row, tree: SessionTree) -> Span:
    session, skill, outcome = run["session_id"], run["skill"], outcome_of(run)
    start = _run_start(run) or 0
    failed = outcome in {"failed", "escalated"}
    return Span(
        f"tachikoma.skill_run {skill}" if skill else "tachikoma.skill_run",
        tree.session(session).trace if session else trace_id("run", run["run_id"]),
        span_id("run", run["run_id"]),
        span_id("call", run["call_key"]) if session and run["call_key"] else None,
        start,
        max(start, moment(run["ended"], run["last_seen"]) or 0),
        known(
            {
                "gen_ai.skill.name": skill,
                "gen_ai.agent.name": run["agent"],
                "tachikoma.model": run["model"],
                **(tree.names(session) if session else {}),
                "error.type": (run["error_type"] or outcome) if failed else None,
                "tachikoma.run.id": run["run_id"],
                "tachikoma.run.parent_id": run["parent_run_id"],
                "tachikoma.run.outcome": outcome,
                "tachikoma.run.iterations": run["iterations"],
                "tachikoma.run.retries": run["retries"],
                "tachikoma.run.input_tokens": run["run_tokens_input"],
                "tachikoma.run.output_tokens": run["run_tokens_output"],
            }
        ),
        failed=failed,
    )
