"""Random histories, as lists of pieces: any part of a list is a history as well."""

from __future__ import annotations

from random import Random
from typing import Any

from ..opencode_rows import START

Piece = dict[str, Any]
SECOND = 1000
_MODELS = ("zai/glm-4.7", "openai/gpt-5.2")
_SKILLS = ("alpha", "beta")
_BASH = ("ok", "ok", "exit 3", "timeout", "aborted", "running")
_OTHER = ("ok", "ok", "error", "cancelled", "running")


def pieces_of(seed: int, times: int = 1) -> list[Piece]:
    """A history of a few sessions, forks and subagents, and of what skill code recorded."""
    random = Random(seed)
    made = _Maker(random)
    for _ in range(random.randrange(4, 40) * times):
        made.more()
    return made.pieces


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.at = START
        self.pieces: list[Piece] = []
        self.sessions: list[str] = []
        self.bash: list[tuple[str, str, int, int | None]] = []
        self.edits: list[tuple[str, str, int]] = []
        self.runs: list[tuple[str, str | None]] = []
        self.events: list[tuple[str, str]] = []
        self.number = 0
        self._session()

    def more(self) -> None:
        self.at += self.random.randrange(1, 20) * SECOND
        kinds = (
            (self._message, 10),
            (self._event, 9),
            (self._user, 2),
            (self._session, 1),
            (self._fork, 1),
            (self._delete, 0.4),
            (self._cut, 2),
            (self._finish, 1),
            (self._chunks, 1),
            (self._backup, 0.4),
        )
        makers, weights = zip(*kinds, strict=True)
        self.random.choices(makers, weights)[0]()

    def _next(self, name: str) -> str:
        self.number += 1
        return f"{name}{self.number:04d}"

    def _add(self, kind: str, **values: Any) -> None:
        self.pieces.append({"kind": kind, "at": self.at, **values})

    def _session(self, parent: str | None = None) -> str:
        session = self._next("ses_")
        folder = self.random.choice(("a", "a", "a/deep", "b"))
        self._add("session", id=session, parent=parent, folder=folder)
        self.sessions.append(session)
        return session

    def _fork(self) -> None:
        fork = self._next("ses_")
        self._add("fork", id=fork, of=self.random.choice(self.sessions))
        self.sessions.append(fork)

    def _delete(self) -> None:
        self._add("delete", session=self.random.choice(self.sessions))

    def _cut(self) -> None:
        self._add("cut")

    def _finish(self) -> None:
        self._add("finish")

    def _backup(self) -> None:
        self._add("backup")
        if self.random.random() < 0.7:
            self._cut()

    def _chunks(self) -> None:
        """The chunks of a recursive run, in waves that may overlap, with or without a name."""
        random = self.random
        run = f"run_{random.getrandbits(96):024x}" if random.random() < 0.7 else None
        for wave in range(random.randrange(1, 4)):
            began = self.at + random.choice((0, 500, 20_000)) * wave
            for _ in range(random.randrange(1, 5)):
                event: Piece = {"id": self._next("e"), "type": "rlm_chunk", "skill": "alpha"}
                took = random.choice((100, 100.5, 3000))
                event |= {"time": began + int(took) + 1, "duration_ms": took, "mode": "parallel"}
                event |= {"wave": random.choice((1, wave + 1)), "success": True}
                if run:
                    event["run_id"] = run
                self._add("event", event=event, project="a")

    def _user(self) -> None:
        synthetic = self.random.random() < 0.3
        self._add("user", session=self.random.choice(self.sessions), synthetic=synthetic)

    def _message(self) -> None:
        random = self.random
        session = random.choice(self.sessions[-4:])
        message: Piece = {
            "id": self._next("msg_"),
            "session": session,
            "model": random.choice(_MODELS),
            "tokens": (random.randrange(1000), random.randrange(100)),
            "cost": random.randrange(1, 900) / 70_000,
            "error": random.choice((None, None, None, "APIError", "MessageAbortedError")),
            "calls": [self._call(session) for _ in range(random.choice((0, 1, 1, 2, 3)))],
        }
        ends = [call["ms"] and call["after"] + call["ms"] for call in message["calls"]]
        done = None not in ends
        message["ms"] = max(ends, default=0) + 50 if done else None
        self._add("message", **message)
        for call in message["calls"]:
            if call["tool"] == "task" and call["child"]:
                known = [each for each in self.sessions if each == call["child"]]
                if not known:
                    self.at += SECOND
                    self._add("session", id=call["child"], parent=session, folder="a")
                    self.sessions.append(call["child"])

    def _call(self, session: str) -> Piece:
        random = self.random
        tool = random.choice(("bash", "bash", "edit", "write", "skill", "task", "invalid"))
        outcome = random.choice(_BASH if tool == "bash" else _OTHER)
        call: Piece = {
            "id": self._next("prt_"),
            "tool": tool,
            "call_id": random.choice((self._next("call_"), "functions.bash:1", " functions.x:2 ")),
            "after": random.randrange(1, 40),
            "ms": None if outcome == "running" else random.randrange(1, 30_000),
            "outcome": outcome,
            "skill": random.choice(_SKILLS),
            "text": random.choice(("one", "two")),
            "file": random.choice(("x.py", "y.py")),
            "child": None,
        }
        if tool == "task":
            others = [each for each in self.sessions if each != session]
            known = others and random.random() < 0.3
            call["child"] = random.choice(others) if known else self._next("ses_")
            if outcome == "error" and random.random() < 0.5:
                call["child"] = None
        began = self.at + call["after"]
        if tool == "bash":
            self.bash.append((session, call["call_id"].strip(), began, call["ms"]))
        if tool in ("edit", "write"):
            self.edits.append((session, call["call_id"].strip(), began))
        return call

    def _event(self) -> None:
        random = self.random
        event: Piece = {"id": self._next("e")}
        at = self.at
        place = random.random()
        if place < 0.6 and self.bash:
            session, call_id, began, ms = random.choice(self.bash[-3:])
            at = began + random.randrange(0, ms or 5000)
            event |= {"session_id": session, "call_id": call_id, "opencode": True}
            if random.random() < 0.15:
                del event["call_id"]
            elif random.random() < 0.1:
                del event["session_id"]
        elif place < 0.8 and self.bash:
            at = random.choice(self.bash[-3:])[2] + random.randrange(0, 4000)
            event["opencode"] = True
        elif place < 0.85:
            event |= {"session_id": "ses_gone", "call_id": "call_gone", "opencode": True}
        if random.random() < 0.6:
            event["skill"] = random.choice(_SKILLS)
        if random.random() < 0.3:
            event["model"] = random.choice(_MODELS)
        if self.runs and random.random() < 0.6:
            run, skill = random.choice(self.runs[-3:])
            event["run_id"] = run
            if skill:
                event["skill"] = skill
        kind = random.choice((*_FIELDS, "skill_run_started", "skill_run_started"))
        if kind == "label" and not self.events:
            kind = "intent"
        if kind == "skill_run_started":
            run = f"run_{random.getrandbits(96):024x}"
            event["run_id"] = run
            self.runs.append((run, event.get("skill")))
        event |= {"type": kind, "time": at, **_FIELDS.get(kind, lambda made: {})(self)}
        if kind in ("intent", "rlm_chunk"):
            self.events.append((event["id"], kind))
        project = random.choice(("a", "a", "a", "b"))
        self._add("event", event=event, project=project)


def _known(random: Random, **fields: Any) -> Piece:
    """These fields, but sometimes one of them is not known."""
    return {name: value for name, value in fields.items() if random.random() < 0.8}


def _edit(made: _Maker) -> Piece:
    random = made.random
    # Other formats than the tools': which call an event describes that names none is another rule.
    fields = _known(
        random,
        edit_id=random.choice(("e1", "e2")),
        attempt=random.choice((1, 2, 3)),
        tokens=random.randrange(100),
        success=random.random() < 0.5,
    )
    fields["format"] = random.choice(("hashline", "udiff"))
    if made.edits and random.random() < 0.3:
        session, call_id, _ = random.choice(made.edits[-3:])
        fields |= {"edit_call_id": call_id, "session_id": session, "call_id": call_id}
    return fields


def _chunk(made: _Maker) -> Piece:
    random = made.random
    return _known(
        random,
        index=random.randrange(5),
        size=random.choice((1000, 50_000)),
        unit="chars",
        success=random.random() < 0.7,
        duration_ms=random.choice((5, 100.25, 4000, 9000.5)),
        tokens=random.randrange(900),
        accuracy=random.choice((0.1, 0.7, 0.9)),
        mode=random.choice(("parallel", "sequential")),
    ) | ({"wave": random.randrange(1, 3)} if random.random() < 0.4 else {})


_FIELDS: dict[str, Any] = {
    "skill_run_finished": lambda made: (
        {
            "outcome": made.random.choice(
                ("succeeded", "succeeded", "failed", "escalated", "cancelled")
            )
        }
        | _known(
            made.random, duration_ms=made.random.randrange(9000), tokens_input=7, tokens_output=3
        )
        | _known(made.random, iterations=made.random.randrange(4), retries=made.random.randrange(2))
    ),
    "iteration": lambda made: _known(
        made.random,
        stage=made.random.choice(("verify", "revise")),
        index=made.random.randrange(1, 4),
        max=3,
        passed=made.random.random() < 0.5,
    ),
    "retry": lambda made: {"attempt": 1},
    "edit_format": _edit,
    "rlm_chunk": _chunk,
    "intent": lambda made: _known(
        made.random,
        intent=made.random.choice(("debug", "git")),
        confidence=made.random.choice((0.1, 0.2, 0.7)),
        actual=made.random.choice(("debug", "git")),
        correct=made.random.random() < 0.5,
        escalated=made.random.random() < 0.5,
    ),
    "label": lambda made: (
        {"event_id": made.random.choice(made.events)[0]}
        | _known(
            made.random,
            actual=made.random.choice(("debug", "git")),
            correct=made.random.random() < 0.5,
            accuracy=0.3,
        )
    ),
}
