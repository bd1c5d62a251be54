"""The numbers of a report, counted from the facts by the definitions of docs/reports.

Plain and slow on purpose: each function reads as the definition does. What the definitions leave to
the moment of the report is decided by `now` (ms since the epoch). Rows are dictionaries of the
report's columns; a column that is not here is not counted here.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from math import ceil, fsum, sqrt
from typing import Any

from .facts import Facts, Row

HOUR = 3_600_000
FINISHED = ("succeeded", "failed", "timed_out", "invalid")
FAILED = FINISHED[1:]
_ENDED = (*FINISHED, "cancelled")
Rows = dict[Any, Row]


class Counts:
    """All that is counted of some facts at a moment."""

    def __init__(self, facts: Facts, now: int) -> None:
        self.sessions = facts.sessions
        self.messages = facts.messages
        self.calls = facts.calls
        self.events = sorted(facts.events.values(), key=lambda each: (each["time"], each["id"]))
        self.now = now
        for row in (*self.messages.values(), *self.calls.values()):
            row["copied"] = self._message_of(row)["created"] < self._session_of(row)["created"]
        for call in self.calls.values():
            call["model"] = self._message_of(call)["model"]
            call["asked"] = self._message_of(call)["created"]
        _count_once(self.calls.values(), _same_call, self._age)
        _count_once(self.messages.values(), _same_message, self._age)
        for event in self.events:
            event["match"], event["call"] = self._match(event)
        _number(self.events)

    def _message_of(self, row: Row) -> Row:
        return self.messages[row["message"]] if "message" in row else row

    def _session_of(self, row: Row) -> Row:
        return self.sessions[row["session"]]

    def _age(self, row: Row) -> tuple[Any, ...]:
        return self._session_of(row)["created"], row["session"], row["id"]

    # Calls

    def final_outcome(self, call: Row) -> str:
        """With the abandoned ones told from those that may still run."""
        if call["outcome"] != "running":
            return str(call["outcome"])
        mine = [m for m in self.messages.values() if m["session"] == call["session"]]
        later = any(m["role"] == "assistant" and m["created"] > call["start"] for m in mine)
        changes = [m["updated"] for m in mine]
        changes += [c["updated"] for c in self.calls.values() if c["session"] == call["session"]]
        changes += [self._session_of(call)["updated"]]
        return "abandoned" if later or max(changes) <= self.now - 6 * HOUR else "running"

    @cached_property
    def counted_calls(self) -> list[Row]:
        """Those that count, with their final outcomes."""
        counted = [call for call in self.calls.values() if call["counted"]]
        return [{**call, "outcome": self.final_outcome(call)} for call in counted]

    def _match(self, event: Row) -> tuple[str, Row | None]:
        session, call_id = event.get("session_id"), event.get("call_id")
        originals = [call for call in self.calls.values() if not call["copied"]]
        at = event["time"]
        if call_id is not None:
            named = [c for c in originals if c["call_id"] == call_id.strip()]
            named = [c for c in named if session in (None, c["session"])]
            if not named:
                return "orphan", None
            if session is None or len(named) > 1:
                named = [c for c in named if c["start"] <= at <= (c["end"] or at)]
            if len(named) != 1:
                return "ambiguous", None
            return ("inferred" if session is None else "exact"), named[0]
        if session is None and not event.get("opencode"):
            return "none", None
        fits = [c for c in originals if c["tool"] == "bash" and self._ran(c, at)]
        if session is not None:
            fits = [c for c in fits if c["session"] == session]
        else:
            fits = [c for c in fits if _inside(self._session_of(c)["folder"], event["project"])]
        if not fits:
            return "none", None
        if len(fits) > 1 and event.get("skill") is not None:
            fits = [c for c in fits if c["script"] == event["skill"]]
        if len(fits) != 1:
            return "ambiguous", None
        return "inferred", fits[0]

    def _ran(self, call: Row, at: int) -> bool:
        """Whether a call was running at that moment, whatever came later."""
        if call["end"] is not None:
            return bool(call["start"] <= at <= call["end"])
        followed = any(
            m["session"] == call["session"]
            and m["role"] == "assistant"
            and call["start"] < m["created"] <= at
            for m in self.messages.values()
        )
        silent = at - max(call["updated"], call["start"]) > 6 * HOUR
        return call["start"] <= at and not followed and not silent

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
        for tool, calls in _grouped(self.counted_calls, lambda call: call["tool"]).items():
            ends = Counter(call["outcome"] for call in calls)
            took = [c["ms"] for c in calls if c["outcome"] in FINISHED and c["ms"] is not None]
            rows[tool] = {
                "calls": len(calls),
                "succeeded": ends["succeeded"],
                "failed": sum(ends[each] for each in FAILED),
                **{each: ends[each] for each in ("timed_out", "invalid", "cancelled")},
                **{each: ends[each] for each in ("abandoned", "running")},
                **_rate("success", ends["succeeded"], sum(ends[each] for each in FINISHED)),
                "duration_p50_ms": _percentile(took, 50),
                "duration_p95_ms": _percentile(took, 95),
            }
        return rows

    # Messages

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
            for model, messages in _grouped(self._answers, lambda each: each["model"]).items()
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

    # Skills

    def _order(self, message: Row) -> tuple[Any, ...]:
        return message["created"], message["id"]

    @cached_property
    def _loads(self) -> dict[str, list[Row]]:
        """By message, the loads in it that succeeded, copies as well."""
        loads: dict[str, list[Row]] = defaultdict(list)
        for call in self.calls.values():
            if call["skill"] is not None and call["outcome"] == "succeeded":
                loads[call["message"]].append(call)
        return loads

    def _edges(self, message: Row) -> list[Row]:
        """What the user wrote, and loads, before a message in its session, by time."""
        if message["role"] != "assistant":
            return []
        before = [
            other
            for other in self.messages.values()
            if other["session"] == message["session"]
            and (other["turn"] or other["id"] in self._loads)
            and self._order(other) < self._order(message)
        ]
        return sorted(before, key=self._order)

    def _own_skills(self, message: Row) -> set[str]:
        """The skills in whose windows a message lies by what its own session says."""
        edges = self._edges(message)
        opened = [edge["id"] for edge in edges if edge["id"] in self._loads]
        if not opened:
            return set()
        skills = {load["skill"] for load in self._loads[opened[-1]]}
        return skills if opened[-1] == edges[-1]["id"] else skills & self._named[edges[-1]["id"]]

    @cached_property
    def _named(self) -> dict[str, set[str]]:
        """By what the user wrote, the skills that an event names, or a call runs, until a load."""
        named: dict[str, set[str]] = defaultdict(set)
        signs = [(call, call["script"]) for call in self.calls.values()]
        signs += [(event["call"], event.get("skill")) for event in self.events if event["call"]]
        for call, skill in signs:
            if skill is not None:
                for message in self._chain(self._message_of(call)):
                    for edge in self._edges(message)[-1:]:
                        named[edge["id"]].add(skill)
        return named

    def _caller(self, message: Row) -> Row | None:
        """The message of another session that a message's session works for at that moment."""
        session = message["session"]
        tasks = [c for c in self.calls.values() if c["child"] == session != c["session"]]
        if tasks:
            # A call is as old as the message that holds it: 1.2 writes its start again later.
            begun = [
                (self._message_of(task)["created"], task["counted"], task["id"], task)
                for task in tasks
                if self._message_of(task)["created"] <= message["created"]
            ]
            return self._message_of(max(begun)[3]) if begun else None
        parent, began = self._session_of(message)["parent"], self._session_of(message)["created"]
        before = [
            m
            for m in self.messages.values()
            if m["session"] == parent and m["role"] == "assistant" and m["created"] <= began
        ]
        return max(before, key=self._order, default=None)

    def skills_around(self, message: Row) -> set[str]:
        """The skills in whose windows a message lies."""
        return {skill for each in self._chain(message) for skill in self._own_skills(each)}

    def _chain(self, message: Row) -> Iterator[Row]:
        """A message, the one it works for, the one that one works for, and so on."""
        seen: set[str] = set()
        current: Row | None = message
        while current is not None and current["id"] not in seen:
            seen.add(current["id"])
            yield current
            current = self._caller(current)

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
                **_rate("success", ends["succeeded"], known),
                **{f"tokens_{each}": used[f"tokens_{each}"] for each in ("input", "output")},
                "cost": used["cost"],
                "tool_calls": len(calls) if opened else None,
                "failed_tool_calls": sum(c["outcome"] in FAILED for c in calls) if opened else None,
                "load_p50_ms": _percentile([load["ms"] for load in good], 50),
                "iterations": iterations,
                "retries": retries,
                "max_iterations_reached": _if(instrumented, len(_spent(told))),
                "run_tokens_input": _sum(run["input"] for run in runs),
                "run_tokens_output": _sum(run["output"] for run in runs),
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
        return said or _if(None not in left.values(), 0)

    # What skill code recorded

    @cached_property
    def runs(self) -> list[Row]:
        """Every run that has a start or an end; an end without a name is one by itself."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for event in self.events:
            name = event.get("run_id")
            if name is not None or event["type"] == "skill_run_finished":
                groups[name or event["id"]].append(event)
        recorded = {id(each): self._run(each) for each in groups.values()}
        runs = [run for run in recorded.values() if run is not None]
        told = [each for each in groups.values() if recorded[id(each)] is not None]
        return runs + self._seen_runs([event for events in told for event in events])

    def _seen_runs(self, recorded: list[Row]) -> list[Row]:
        """The calls that ran a file of a skill and in which nothing of a run was recorded."""
        in_calls = [event for event in recorded if event["call"] is not None]
        told = {event["call"]["id"] for event in in_calls}
        known = {event.get("run_id") or event["id"] for event in in_calls}
        loose = [
            event
            for event in recorded
            if _is_loose(event) and (event.get("run_id") or event["id"]) not in known
        ]
        return [
            {
                "skill": call["script"],
                "outcome": "failed" if call["outcome"] == "timed_out" else call["outcome"],
                "recorded": False,
                "named": True,
                "session": call["session"],
                "input": None,
                "output": None,
            }
            for call in self.counted_calls
            if call["script"] is not None and call["id"] not in told
            if not any(self._may_be_in(event, call) for event in loose)
        ]

    def _may_be_in(self, event: Row, call: Row) -> bool:
        """Whether a run that fits several calls may be this call's."""
        until = call["end"] or max(call["updated"], call["start"]) + 6 * HOUR
        if event.get("skill") != call["script"] or not call["start"] <= event["time"] <= until:
            return False
        if event.get("session_id") is not None:
            return bool(event["session_id"] == call["session"])
        return _inside(self._session_of(call)["folder"], event["project"])

    def _run(self, events: list[Row]) -> Row | None:
        edges = [e for e in events if e["type"] == "skill_run_started"]
        ends = [e for e in events if e["type"] == "skill_run_finished"]
        edges += ends
        if not edges:
            return None
        call = _first(event["call"] for event in events)
        return {
            "skill": _first(event.get("skill") for event in (*edges, *events)),
            "outcome": ends[-1]["outcome"] if ends else self._without_end(events),
            "recorded": True,
            "named": "run_id" in events[0],
            "session": call and call["session"],
            "input": _sum(end.get("tokens_input") for end in ends),
            "output": _sum(end.get("tokens_output") for end in ends),
        }

    def _without_end(self, events: list[Row]) -> str:
        """What became of a run that recorded no end; a label of an event is no sign of life."""
        lived = [event for event in events if event["type"] != "label"]
        calls = [event["call"] for event in lived if event["call"] is not None]
        if calls:
            outcome = self.final_outcome(calls[-1])
            if outcome in ("failed", "timed_out", "cancelled", "running", "abandoned"):
                return {"timed_out": "failed"}.get(outcome, outcome)
        quiet = lived[-1]["time"] <= self.now - 6 * HOUR
        return "abandoned" if quiet else "running"

    def _skill_of(self, event: Row) -> Any:
        """Its own, else its run's."""
        if event.get("skill") is not None or event.get("run_id") is None:
            return event.get("skill")
        mine = [e for e in self.events if e.get("run_id") == event["run_id"]]
        edges = [e for e in mine if e["type"].startswith("skill_run")]
        if not edges:
            return None
        starts = [e for e in edges if e["type"] == "skill_run_started"]
        ends = [e for e in edges if e["type"] == "skill_run_finished"]
        return _first(e.get("skill") for e in (*starts, *ends, *mine))

    def iterations(self) -> Rows:
        """By skill and stage; the row without a stage has what belongs to none."""
        rows: Rows = {}
        steps = [e for e in self.events if e["type"] == "iteration"]
        by = _grouped(steps, lambda e: (self._skill_of(e), e.get("stage")))
        for place, mine in by.items():
            verdicts = [e["passed"] for e in mine if "passed" in e]
            inside = [e for e in mine if "run_id" in e]
            runs = {e["run_id"] for e in inside}
            rows[place] = {
                "iterations": len(mine),
                "passed": sum(verdicts),
                "verdicts": len(verdicts),
                **_rate("pass", sum(verdicts), len(verdicts)),
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

    def _model_of(self, event: Row) -> Any:
        return event.get("model") or (event["call"] and event["call"]["model"])

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
        for place, mine in _grouped(chunks, lambda e: (self._skill_of(e), e.get("mode"))).items():
            ends = [e["success"] for e in mine if "success" in e]
            timed = [e for e in mine if "duration_ms" in e]
            wall: float | None = None
            for spans in _grouped(timed, lambda e: (_work(e), e.get("wave"))).values():
                wall = (wall or 0) + _union(
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
                **_rate("success", sum(ends), len(ends)),
                "chunk_size_p50": _percentile([e["size"] for e in mine if "size" in e], 50),
                "duration_p50_ms": _percentile(took, 50),
                "duration_p95_ms": _percentile(took, 95),
                "wall_ms": wall,
                "speedup": fsum(took) / wall if wall else None,
                "tokens": _sum(tokens),
                "tokens_per_chunk": sum(tokens) / len(tokens) if tokens else None,
                "accuracy_mean": _mean(good),
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
        truths = _grouped(
            [e for e in self._intents if e["actual"] is not None], lambda e: e["actual"]
        )
        predicted = _grouped(self._intents, lambda e: e.get("intent"))
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
                **_rate("accuracy", sum(judged), len(judged), name="accuracy"),
                "confidence_mean": _mean(e.get("confidence") for e in mine),
                "escalated": sum(asked) if asked else None,
                "escalation_n": len(asked),
                "escalation_rate": sum(asked) / len(asked) if asked else None,
                "routed": len(routed),
                "routed_right": sum(routed),
                **_rate("right", sum(routed), len(routed)),
                "actual": len(true),
                "found": len(found),
                **_rate("found", len(found), len(true)),
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


def _same_call(row: Row, other: Row) -> bool:
    # What was copied while it ran has, in some versions, another start than it got in the end.
    when = "asked" if "running" in (row["outcome"], other["outcome"]) else "start"
    return all(row[name] == other[name] for name in ("tool", "call_id", when))


def _same_message(row: Row, other: Row) -> bool:
    if any(row[name] != other[name] for name in ("role", "created", "model")):
        return False
    whole = row["completed"] is not None and other["completed"] is not None
    ends = all(row[name] == other[name] for name in ("completed", "output"))
    # A copy of what was still being written is unfinished for ever.
    return ends or not whole


def _count_once(
    rows: Iterable[Row], same: Callable[[Row, Row], bool], age: Callable[[Row], tuple[Any, ...]]
) -> None:
    """Originals count; a copy only without an original, and then the oldest session's.

    A copy that was made before the end does not count beside one that was made after it.
    """
    rows = list(rows)
    kept = [row for row in rows if not row["copied"]]
    for row in rows:
        row["counted"] = not row["copied"]
    copies = [row for row in rows if row["copied"]]
    for row in sorted(copies, key=lambda row: (not _ended(row), *age(row))):
        if not any(same(row, other) for other in kept):
            row["counted"] = True
            kept.append(row)


def _ended(row: Row) -> bool:
    return row["outcome"] != "running" if "outcome" in row else row["completed"] is not None


def _is_loose(event: Row) -> bool:
    """Whether an event was recorded inside OpenCode, and names no call."""
    known = event.get("opencode") or event.get("session_id") is not None
    return event.get("call_id") is None and bool(known)


def _inside(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root + "/")


def _work(event: Row) -> Any:
    """What chunks belong together in: their run, else their call."""
    return event.get("run_id") or (event["call"] and event["call"]["id"]) or event["id"]


def _number(events: list[Row]) -> None:
    """Give the iterations of each run and stage, in order, the numbers that they left out."""
    loops: dict[Any, list[Row]] = defaultdict(list)
    for event in events:
        if event["type"] == "iteration" and "run_id" in event:
            loops[event["run_id"], event.get("stage")].append(event)
    for loop in loops.values():
        number, of = 0, _first(event.get("max") for event in loop)
        for event in loop:
            number = event["number"] = event.get("index", number + 1)
            of = event["of"] = event.get("max", of)


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
        row["tokens_wasted"] = _sum(row.pop("tokens"))
        row.update(_rate("success", row["successes"], row["attempts"]))
    return rows


def _version(loaded: str) -> str:
    return hashlib.sha256(loaded.strip().encode()).hexdigest()


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _used(messages: list[Row]) -> Row:
    return {
        "tokens_input": _sum(m["input"] for m in messages),
        "tokens_output": _sum(m["output"] for m in messages),
        "tokens_cache_read": _sum(m["cached"] for m in messages),
        "cost": fsum(m["cost"] for m in messages) if messages else None,
    }


def _rate(prefix: str, good: int, n: int, *, name: str | None = None) -> Row:
    """A rate with its Wilson interval."""
    names = (name or f"{prefix}_rate", f"{prefix}_low", f"{prefix}_high")
    if not n:
        return dict.fromkeys(names)
    z = 1.959963984540054
    p = good / n
    middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)
    return dict(zip(names, (p, max(0.0, low), min(1.0, high)), strict=True))


def _percentile(values: list[Any], percent: int) -> Any:
    return sorted(values)[ceil(percent * len(values) / 100) - 1] if values else None


def _union(spans: list[tuple[float, float]]) -> float:
    """The time that spans cover together: between any two edges, whether one covers it."""
    edges = sorted({edge for span in spans for edge in span})
    return fsum(
        until - since
        for since, until in pairwise(edges)
        if any(began <= since and until <= ended for began, ended in spans)
    )


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _sum(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _mean(values: Iterable[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def _if(condition: bool, value: Any) -> Any:
    return value if condition else None
