"""The facts of a history, joined: which rows count, what each event belongs to, and whose windows
hold a message. `counts` adds them up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from .arithmetic import first, total
from .facts import Facts, Row

HOUR = 3_600_000


class Joined:
    """Some facts, joined as they are at a moment."""

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
        call = first(event["call"] for event in events)
        return {
            "skill": first(event.get("skill") for event in (*edges, *events)),
            "outcome": ends[-1]["outcome"] if ends else self._without_end(events),
            "recorded": True,
            "named": "run_id" in events[0],
            "session": call and call["session"],
            "input": total(end.get("tokens_input") for end in ends),
            "output": total(end.get("tokens_output") for end in ends),
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
        return first(e.get("skill") for e in (*starts, *ends, *mine))

    def _model_of(self, event: Row) -> Any:
        return event.get("model") or (event["call"] and event["call"]["model"])


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


def _number(events: list[Row]) -> None:
    """Give the iterations of each run and stage, in order, the numbers that they left out."""
    loops: dict[Any, list[Row]] = defaultdict(list)
    for event in events:
        if event["type"] == "iteration" and "run_id" in event:
            loops[event["run_id"], event.get("stage")].append(event)
    for loop in loops.values():
        number, of = 0, first(event.get("max") for event in loop)
        for event in loop:
            number = event["number"] = event.get("index", number + 1)
            of = event["of"] = event.get("max", of)
