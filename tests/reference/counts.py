"""The numbers of a report, counted from the facts by the definitions of docs/reports.

Plain and slow on purpose: each function reads as the definition does. What the definitions leave to
the moment of the report is decided by `now` (ms since the epoch). Rows are dictionaries of the
report's columns; a column that is not here is not counted here.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from functools import cached_property
from itertools import pairwise
from math import fsum
from typing import Any

from .arithmetic import grouped, mean, percentile, rate, total, union, when
from .facts import Row
from .joined import Joined

FINISHED = ("succeeded", "failed", "timed_out", "invalid")
FAILED = FINISHED[1:]
_ENDED = (*FINISHED, "cancelled")
Rows = dict[Any, Row]


class Counts(Joined):
    """All that is counted of some facts at a moment."""

    def coverage(self) -> Row:
        """How much is measured."""
        matches = Counter(event["match"] for event in self.events)
        return {
            "sessions": len(self.sessions),
            "calls": len(self.counted_calls),
            "copies": len(self.calls) - len(self.counted_calls),
            "events": len(self.events),
            **{
                name: matches[name] for name in ("exact", "inferred", "orphan", "ambiguous", "none")
            },
        }

    def tools(self) -> Rows:
        """Calls by their tool and how they ended."""
        rows = {}
        for tool, calls in grouped(self.counted_calls, lambda call: call["tool"]).items():
            ends = Counter(call["outcome"] for call in calls)
            took = [c["ms"] for c in calls if c["outcome"] in FINISHED and c["ms"] is not None]
            rows[tool] = {
                "calls": len(calls),
                "succeeded": ends["succeeded"],
                "failed": sum(ends[each] for each in FAILED),
                **{each: ends[each] for each in ("timed_out", "invalid", "cancelled")},
                **{each: ends[each] for each in ("abandoned", "running")},
                **rate("success", ends["succeeded"], sum(ends[each] for each in FINISHED)),
                "duration_p50_ms": percentile(took, 50),
                "duration_p95_ms": percentile(took, 95),
            }
        return rows

    @cached_property
    def _answers(self) -> list[Row]:
        return [m for m in self.messages.values() if m["counted"] and m["role"] == "assistant"]

    def models(self) -> Rows:
        """What messages of the model used."""
        return {
            model: {
                "messages": len(messages),
                **_used(messages),
                "sessions": len({m["session"] for m in messages}),
                "errors": sum(m["error"] not in (None, "MessageAbortedError") for m in messages),
            }
            for model, messages in grouped(self._answers, lambda each: each["model"]).items()
        }

    def sessions_rows(self) -> Rows:
        """What each session used itself."""
        rows = {}
        for session in self.sessions:
            calls = [call for call in self.counted_calls if call["session"] == session]
            skills = {c["skill"] for c in calls if c["skill"] and c["outcome"] == "succeeded"}
            skills |= {run["skill"] for run in self.runs if run["session"] == session}
            rows[session] = {
                "calls": len(calls),
                "failed": sum(call["outcome"] in FAILED for call in calls),
                **_used([m for m in self._answers if m["session"] == session]),
                "skills": len(skills - {None}),
                **self._turns(session),
            }
        return rows

    def _turns(self, session: str) -> Row:
        """Turns that ended in an error of the model, or in one because the user stopped it."""
        mine = [m for m in self.messages.values() if m["session"] == session and m["counted"]]
        steps = [m for m in mine if m["turn"] or m["role"] == "assistant"]
        steps.sort(key=self._order)
        ends = [one for one, after in pairwise(steps) if after["turn"]] + steps[-1:]
        errors = [each["error"] for each in ends if each["error"] is not None]
        stopped = sum(error == "MessageAbortedError" for error in errors)
        return {
            "turns_succeeded": None,
            "turns_failed": len(errors) - stopped,
            "turns_interrupted": stopped,
        }

    def skills(self) -> Rows:
        """Loads, what their windows hold (each message once a skill), runs and loops."""
        around = {message["id"]: self.skills_around(message) for message in self.messages.values()}
        loads = [call for call in self.counted_calls if call["skill"] is not None]
        names = {call["skill"] for call in loads}
        names |= {run["skill"] for run in self.runs}
        steps = [e for e in self.events if e["type"] in ("iteration", "retry")]
        names |= {self._skill_of(event) for event in steps}
        rows = {}
        for name in names:
            mine = [load for load in loads if load["skill"] == name]
            good = [load for load in mine if load["outcome"] == "succeeded"]
            opened = any(load["skill"] == name for each in self._loads.values() for load in each)
            inside = [m for m in self._answers if name in around[m["id"]]]
            used = _used(inside)
            calls = [c for c in self.counted_calls if name in around[c["message"]]]
            runs = [run for run in self.runs if run["skill"] == name]
            ends = Counter(run["outcome"] for run in runs)
            known = sum(ends[each] for each in ("succeeded", "failed", "escalated"))
            told = [event for event in steps if self._skill_of(event) == name]
            instrumented = bool(told) or any(run["recorded"] for run in runs)
            steps_of = Counter(event["type"] for event in told)
            iterations, retries = (
                self._steps(steps_of[kind], column, kind, name) if instrumented else None
                for kind, column in (("iteration", "iterations"), ("retry", "retries"))
            )
            if not (runs or told or calls or any(load["outcome"] in _ENDED for load in mine)):
                continue  # a load that still runs, or never ended, is no use
            rows[name] = {
                "versions": len({_version(load["loaded"]) for load in good}),
                "loads": len(good),
                "failed_loads": sum(x["outcome"] in (*FAILED, "cancelled") for x in mine),
                "runs": len(runs),
                **{each: ends[each] if runs else None for each in ("succeeded", "failed")},
                **{each: ends[each] if runs else None for each in ("cancelled", "abandoned")},
                "escalations": ends["escalated"] if runs else None,
                **rate("success", ends["succeeded"], known),
                **{f"tokens_{each}": used[f"tokens_{each}"] for each in ("input", "output")},
                "cost": used["cost"],
                "tool_calls": len(calls) if opened else None,
                "failed_tool_calls": sum(c["outcome"] in FAILED for c in calls) if opened else None,
                "load_p50_ms": percentile([load["ms"] for load in good], 50),
                "iterations": iterations,
                "retries": retries,
                "max_iterations_reached": when(instrumented, len(_spent(told))),
                "run_tokens_input": total(run["input"] for run in runs),
                "run_tokens_output": total(run["output"] for run in runs),
            }
        return rows

    def _steps(self, recorded: int, column: str, kind: str, skill: str | None) -> int | None:
        """Steps of a skill: those recorded, and what ends that name no run say beyond them."""
        ends = [e for e in self.events if e["type"] == "skill_run_finished" and "run_id" not in e]
        ends = sorted(
            (end for end in ends if end.get("skill") == skill),
            key=lambda end: (-end["time"], end["id"]),
        )
        left: dict[str, Any] = {end["id"]: end.get(column) for end in ends}
        for step in self.events:
            if step["type"] != kind or "run_id" in step or step.get("skill") != skill:
                continue
            later = [end for end in ends if end["time"] >= step["time"]]
            if not later:
                continue
            end = later[-1]
            began = end["time"] - end["duration_ms"] if "duration_ms" in end else 0
            if left[end["id"]] and step["time"] >= began:
                left[end["id"]] -= 1
        said = recorded + sum(each or 0 for each in left.values())
        return said or when(None not in left.values(), 0)

    def iterations(self) -> Rows:
        """By skill and stage; the row without a stage has what belongs to none."""
        rows: Rows = {}
        steps = [e for e in self.events if e["type"] == "iteration"]
        by = grouped(steps, lambda e: (self._skill_of(e), e.get("stage")))
        for place, mine in by.items():
            verdicts = [e["passed"] for e in mine if "passed" in e]
            inside = [e for e in mine if "run_id" in e]
            runs = {e["run_id"] for e in inside}
            rows[place] = {
                "iterations": len(mine),
                "passed": sum(verdicts),
                "verdicts": len(verdicts),
                **rate("pass", sum(verdicts), len(verdicts)),
                "iterations_per_run": len(inside) / len(runs) if runs else None,
                "max_reached": len(_spent(mine)),
            }
        for event in self.events:
            if event["type"] == "retry":
                row = rows.setdefault((self._skill_of(event), None), {"iterations": 0})
                row["retries"] = row.get("retries", 0) + 1
        for run in self.runs:
            if run["outcome"] == "escalated":
                row = rows.setdefault((run["skill"], None), {"iterations": 0})
                row["escalations"] = row.get("escalations", 0) + 1
        return rows

    def edits(self) -> Rows:
        """By model and format: attempts, and the edits that began there."""
        described: set[str] = set()
        chains: list[list[Row]] = []
        named: dict[tuple[Any, ...], list[list[Row]]] = defaultdict(list)
        attempts = [event for event in self.events if event["type"] == "edit_format"]
        attempts.sort(key=lambda e: (e["time"], e.get("attempt") or 0, "event:" + e["id"]))
        for event in attempts:
            call = self._described(event)
            if call is not None:
                described.add(call["id"])
            success = event.get("success")
            if success is None and call is not None:
                success = _SUCCESS.get(call["outcome"])
            model = self._model_of(event) or (call and call["model"])
            attempt = {
                "model": model and model.rpartition("/")[2],
                "format": event["format"],
                "success": success,
                "tokens": event.get("tokens"),
            }
            session = event["call"]["session"] if event["call"] else event.get("session_id")
            # Without a session, an edit's name holds in its run; without a run in the project.
            scope = session or ("run", event.get("run_id")) if event.get("run_id") else session
            place = (scope or ("project", event["project"]), event.get("edit_id"))
            known = named[place] if event.get("edit_id") else []
            if event.get("attempt") == 1 or not known:
                chain: list[Row] = []
                known.append(chain)
                chains.append(chain)
            else:
                same = [c for c in known if c[-1]["run"] == event.get("run_id")]
                chain = (same or known)[-1]
            chain.append({**attempt, "run": event.get("run_id")})
        chains += self._chains_of_calls(described)
        return _edit_rows(chains)

    def _described(self, event: Row) -> Row | None:
        """The call that an event names as its edit."""
        if "edit_call_id" not in event:
            return None
        session = event.get("session_id") or (event["call"] and event["call"]["session"])
        fits = [
            call
            for call in self.calls.values()
            if not call["copied"]
            and call["session"] == session
            and call["call_id"] == event["edit_call_id"].strip()
        ]
        at = event["time"]
        by = [
            (c["start"] > at, abs((c["end"] if c["end"] is not None else c["start"]) - at), c["id"])
            for c in fits
        ]
        return self.calls[min(by)[2]] if by else None

    def _chains_of_calls(self, described: set[str]) -> list[list[Row]]:
        chains: list[list[Row]] = []
        going: dict[tuple[Any, ...], list[list[Row]]] = defaultdict(list)
        calls = [c for c in self.counted_calls if c["tool"] in _FORMATS]
        for call in sorted(calls, key=lambda c: (c["start"], c["id"])):
            success = _SUCCESS.get(call["outcome"])
            if success is None or call["id"] in described:
                continue
            asked = self._message_of(call)["created"]
            turn = sum(
                m["turn"] and m["session"] == call["session"] and m["created"] <= asked
                for m in self.messages.values()
            )
            place = (call["session"], turn, call["file"])
            # What began while an attempt still ran is no answer to its failure.
            over = [c for c in going[place] if c[-1]["end"] <= call["start"]]
            chain = max(over, key=lambda c: c[-1]["end"]) if over else []
            if over:
                going[place] = [c for c in going[place] if c is not chain]
            else:
                chains.append(chain)
            chain.append(
                {
                    "model": call["model"].rpartition("/")[2],
                    "format": _FORMATS[call["tool"]],
                    "success": success,
                    "tokens": None,
                    "end": call["start"] if call["end"] is None else call["end"],
                }
            )
            if not success:
                going[place].append(chain)
        return chains

    def _label(self, event: Row, *names: str) -> Row:
        """What the last label that says any of these says of them."""
        for label in reversed(self.events):
            if label["type"] == "label" and label["event_id"] == event["id"]:
                said = {name: label[name] for name in names if name in label}
                if said:
                    return said
        return {}

    def rlm(self) -> Rows:
        """By skill and mode; the time in which chunks ran, by run and wave."""
        chunks = [event for event in self.events if event["type"] == "rlm_chunk"]
        rows = {}
        for place, mine in grouped(chunks, lambda e: (self._skill_of(e), e.get("mode"))).items():
            ends = [e["success"] for e in mine if "success" in e]
            timed = [e for e in mine if "duration_ms" in e]
            wall: float | None = None
            for spans in grouped(timed, lambda e: (_work(e), e.get("wave"))).values():
                wall = (wall or 0) + union(
                    [(e["time"] - e["duration_ms"], e["time"]) for e in spans]
                )
            took = [e["duration_ms"] for e in timed]
            tokens = [e["tokens"] for e in mine if "tokens" in e]
            good = [{**e, **self._label(e, "accuracy")}.get("accuracy") for e in mine]
            rows[place] = {
                "runs": len({e["run_id"] for e in mine if "run_id" in e}),
                "chunks": len(mine),
                "succeeded": sum(ends),
                "failed": len(ends) - sum(ends),
                **rate("success", sum(ends), len(ends)),
                "chunk_size_p50": percentile([e["size"] for e in mine if "size" in e], 50),
                "duration_p50_ms": percentile(took, 50),
                "duration_p95_ms": percentile(took, 95),
                "wall_ms": wall,
                "speedup": fsum(took) / wall if wall else None,
                "tokens": total(tokens),
                "tokens_per_chunk": sum(tokens) / len(tokens) if tokens else None,
                "accuracy_mean": mean(good),
                "accuracy_n": sum(each is not None for each in good),
            }
        return rows

    @cached_property
    def _intents(self) -> list[Row]:
        found = []
        for event in self.events:
            if event["type"] == "intent":
                label = self._label(event, "actual", "correct")
                said = label or event
                actual, correct, predicted = (
                    said.get("actual"),
                    said.get("correct"),
                    event.get("intent"),
                )
                if predicted is not None and actual is not None:
                    correct = predicted == actual
                elif correct:
                    actual = predicted
                found.append({**event, "actual": actual, "correct": correct})
        return found

    def intents(self) -> Rows:
        """By intent: one that was predicted, or the true one."""
        rows = {}
        truths = grouped(
            [e for e in self._intents if e["actual"] is not None], lambda e: e["actual"]
        )
        predicted = grouped(self._intents, lambda e: e.get("intent"))
        for intent in {*predicted, *truths}:
            mine, true = predicted.get(intent, []), truths.get(intent, [])
            routed = [
                e["correct"] for e in mine if e["correct"] is not None and not e.get("escalated")
            ]
            found = [e for e in true if e.get("intent") == intent and not e.get("escalated")]
            judged = [e["correct"] for e in mine if e["correct"] is not None]
            asked = [e["escalated"] for e in mine if "escalated" in e]
            rows[intent] = {
                "classified": len(mine),
                "labelled": len(judged),
                "correct": sum(judged),
                **rate("accuracy", sum(judged), len(judged), name="accuracy"),
                "confidence_mean": mean(e.get("confidence") for e in mine),
                "escalated": sum(asked) if asked else None,
                "escalation_n": len(asked),
                "escalation_rate": sum(asked) / len(asked) if asked else None,
                "routed": len(routed),
                "routed_right": sum(routed),
                **rate("right", sum(routed), len(routed)),
                "actual": len(true),
                "found": len(found),
                **rate("found", len(found), len(true)),
            }
        return rows

    def confusion(self) -> Rows:
        """Requests of which the true intent is known."""
        known = [e for e in self._intents if e["actual"] is not None]
        cells = Counter((e["actual"], e.get("intent")) for e in known)
        asked = Counter((e["actual"], e.get("intent")) for e in known if e.get("escalated"))
        return {cell: {"count": count, "asked": asked[cell]} for cell, count in cells.items()}


_SUCCESS = {"succeeded": True, "failed": False, "timed_out": False, "invalid": False}
_FORMATS = {"edit": "str_replace", "write": "whole"}


def _work(event: Row) -> Any:
    """What chunks belong together in: their run, else their call."""
    return event.get("run_id") or (event["call"] and event["call"]["id"]) or event["id"]


def _spent(events: list[Row]) -> set[str]:
    """The runs whose last allowed iteration did not pass."""
    return {
        e["run_id"]
        for e in events
        if e["type"] == "iteration"
        and "run_id" in e
        and e["number"] == e.get("of")
        and e.get("passed") is False
    }


def _edit_rows(chains: list[list[Row]]) -> Rows:
    rows: Rows = {}
    for chain in chains:
        for number, attempt in enumerate(chain):
            row = rows.setdefault(
                (attempt["model"], attempt["format"]),
                {"attempts": 0, "successes": 0, "edits": 0, "edits_succeeded": 0, "tokens": []},
            )
            known = attempt["success"] is not None
            row["attempts"] += known
            row["successes"] += attempt["success"] is True
            if attempt["success"] is False:
                row["tokens"].append(attempt["tokens"])
            if number == 0 and chain[-1]["success"] is not None:
                row["edits"] += 1
                row["edits_succeeded"] += chain[-1]["success"]
    for row in rows.values():
        row["tokens_wasted"] = total(row.pop("tokens"))
        row.update(rate("success", row["successes"], row["attempts"]))
    return rows


def _version(loaded: str) -> str:
    return hashlib.sha256(loaded.strip().encode()).hexdigest()


def _used(messages: list[Row]) -> Row:
    return {
        "tokens_input": total(m["input"] for m in messages),
        "tokens_output": total(m["output"] for m in messages),
        "tokens_cache_read": total(m["cached"] for m in messages),
        "cost": fsum(m["cost"] for m in messages) if messages else None,
    }
