"""What holds for any history: the order and the pieces in which it is merged do not matter."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import telemetry

from ..merging import contents, few_at_a_time, merge_project, rows
from ..opencode_rows import START, Rows

SESSIONS = ("ses_a", "ses_b", "ses_fork", "ses_child")
# The fork begins after everything before it: what it holds from before is a copy.
FORKED = START + 50_000
GENERATED = "run_0123456789abcdef01234567"
KINDS = (
    "retry",
    "intent",
    "edit_format",
    "iteration",
    "skill_run_started",
    "skill_run_finished",
    "skill_run_paused",
)
TOOLS = ("bash", "edit", "skill", "task", "write", "read")

calls = st.fixed_dictionaries(
    {
        "session": st.sampled_from(SESSIONS),
        "tool": st.sampled_from(TOOLS),
        "call_id": st.sampled_from(("c1", "c2", "functions.bash:3")),
        "at": st.integers(1, 99).map(lambda second: START + second * 1000),
        "outcome": st.sampled_from(("ok", "failed", "running", "finished later")),
        "name": st.sampled_from(("one", "two")),
    }
)
events = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "session": st.sampled_from((*SESSIONS, None)),
        "call_id": st.sampled_from(("c1", "functions.bash:3", None)),
        "at": st.integers(1, 99).map(lambda second: START + second * 1000 + 20),
        "opencode": st.booleans(),
        "edit_id": st.sampled_from(("e1", "e2", None)),
        "attempt": st.sampled_from((1, 2, None)),
        "run_id": st.sampled_from(("fix-1", "fix-1", GENERATED, None)),
        "duration_ms": st.sampled_from((20, 5000, 40_000, None)),
        "skill": st.sampled_from(("one", "two", None)),
    }
)
users = st.fixed_dictionaries(
    {
        "user": st.sampled_from(SESSIONS),
        "at": st.integers(1, 99).map(lambda second: START + second * 1000 - 100),
    }
)
histories = st.lists(st.one_of(calls, events, users), min_size=1, max_size=14)


class History:
    """A database and a journal in a folder of their own, written piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        (self.root / ".opencode").mkdir(parents=True)
        self.database = Rows(folder / f"{folder.name[-3:]}.db", self.root)
        for session in SESSIONS:
            at = {"ses_fork": FORKED, "ses_child": START + 20_000}.get(session, START)
            self.database.session(session, at=at, parent="ses_a" if "child" in session else None)
        self.later: list[Callable[[], object]] = []
        self.calls = 0

    def write(self, piece: dict[str, object]) -> None:
        """Write one call, user message or event."""
        if "tool" in piece:
            self._call(piece)
        elif "user" in piece:
            self.database.user(str(piece["user"]), at=int(str(piece["at"])))
        else:
            self._event(piece)

    def _call(self, piece: dict[str, object]) -> None:
        self.calls += 1
        outcome, tool, name = piece["outcome"], str(piece["tool"]), str(piece["name"])
        open_ended = outcome in ("running", "finished later")
        given = {
            "skill": {"name": name},
            "bash": {"command": f"python .opencode/skills/{name}/run.py"},
        }.get(tool, {"filePath": name})
        key = self.database.call(
            str(piece["session"]),
            tool,
            str(piece["call_id"]),
            at=int(str(piece["at"])),
            ms=None if open_ended else 500,
            status="running" if open_ended else "error" if outcome == "failed" else "completed",
            given=given,
            error="it broke" if outcome == "failed" else None,
            metadata={"sessionId": "ses_b"} if tool == "task" else {},
        )
        if outcome == "finished later":
            self.later.append(lambda: self._finish(key))

    def _finish(self, key: str) -> None:
        db = self.database.db
        (data,) = db.execute("SELECT data FROM part WHERE id = ?", (key,)).fetchone()
        part = json.loads(data)
        part["state"] |= {"status": "completed", "output": "done"}
        part["state"]["time"]["end"] = part["state"]["time"]["start"] + 700
        db.execute("UPDATE part SET data = ? WHERE id = ?", (json.dumps(part), key))

    def _event(self, piece: dict[str, object]) -> None:
        kinds: dict[str, dict[str, object]] = {
            "retry": {"attempt": piece["attempt"]},
            "intent": {"intent": "debug", "actual": "debug" if piece["attempt"] == 1 else "review"},
            "iteration": {"stage": "verify", "index": piece["attempt"], "passed": False},
            "edit_format": {
                "format": "hashline",
                "success": piece["attempt"] == 2,
                "edit_id": piece["edit_id"],
                "attempt": piece["attempt"],
                "edit_call_id": "c2" if piece["edit_id"] == "e2" else None,
            },
            "skill_run_started": {},
            "skill_run_paused": {"tokens_input": piece["attempt"]},
            "skill_run_finished": {"outcome": "succeeded", "duration_ms": piece["duration_ms"]},
        }
        kind = str(piece["kind"])
        fields = kinds[kind]
        session, call_id = piece["session"], piece["call_id"]
        envelope = {
            "session_id": str(session) if session else None,
            "call_id": str(call_id) if call_id else None,
            "run_id": str(piece["run_id"]) if piece["run_id"] else None,
            "skill": str(piece["skill"]) if piece["skill"] else None,
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TACHIKOMA_PROJECT", str(self.root))
            patch.setenv("OPENCODE", "1" if piece["opencode"] else "0")
            telemetry.record(kind, fields, envelope=envelope, time=int(str(piece["at"])))


@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("TACHIKOMA_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pieces=histories, merges=st.sets(st.integers(0, 13)), calls_at_a_time=st.integers(1, 4))
def test_merging_in_pieces_is_merging_at_once(
    pieces: list[dict[str, object]], merges: set[int], calls_at_a_time: int
) -> None:
    """A store merged after any of the pieces equals one merged when all was written, even if the
    metrics of sessions are made while others are being read.
    """
    with tempfile.TemporaryDirectory() as folder, few_at_a_time(calls_at_a_time):
        history = History(Path(folder))
        for number, piece in enumerate(pieces):
            history.write(piece)
            if number in merges:
                merge_project(history.root, history.database.path)
        merge_project(history.root, history.database.path)
        for finish in history.later:
            finish()
        merge_project(history.root, history.database.path)
        fresh = Path(folder) / "fresh.db"
        merge_project(history.root, history.database.path, store=fresh)

        assert contents(history.root, fresh) == contents(history.root)
        assert [history.calls] == rows(history.root, "SELECT count(*) FROM calls")
        history.database.close()


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(first=histories, second=histories)
def test_the_order_of_databases_does_not_matter(
    first: list[dict[str, object]], second: list[dict[str, object]]
) -> None:
    """Two databases and two journals, merged in either order or at once, give one store."""
    with tempfile.TemporaryDirectory() as folder, few_at_a_time(2):
        one = History(Path(folder) / "one")
        two = History(Path(folder) / "two")
        for history, pieces in ((one, first), (two, second)):
            for piece in pieces:
                history.write(piece)
        sources = [
            (each.database.path, each.root / ".opencode" / "telemetry" / "metrics.json")
            for each in (one, two)
        ]
        stores = []
        for number, order in enumerate((sources, sources[::-1])):
            store = Path(folder) / f"{number}.db"
            for database, journal in order:
                journals = [journal] if journal.exists() else []
                merge_project(one.root, database, journals=journals, store=store, all_projects=True)
            stores.append(contents(one.root, store))
        both = Path(folder) / "both.db"
        merge_project(
            one.root,
            *(database for database, _ in sources),
            journals=[journal for _, journal in sources if journal.exists()],
            store=both,
            all_projects=True,
        )

        assert stores[0] == stores[1] == contents(one.root, both)
        one.database.close()
        two.database.close()
