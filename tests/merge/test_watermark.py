"""What the merges brought in pieces is what one merge of everything brings, whatever happened."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tachikoma_telemetry.opencode import watermark

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows

_STEPS = 25
_FEW = st.integers(1, 3)


class Histories(RuleBasedStateMachine):
    """A database as OpenCode treats it: written, finished later, trimmed, vacuumed, merged."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="watermark"))
        self.database = Rows(self.folder / "opencode.db", self.folder)
        self.store = self.folder / "unified.db"
        self.marked_before = watermark.MARKED_BEFORE
        watermark.MARKED_BEFORE = (1, 3, 8)
        self.clock = START
        self.merges = 0  # a bit for each step: whether a merge comes after it
        self.running: list[str] = []
        self.open: list[str] = []

    def teardown(self) -> None:
        try:
            self.compare()
        finally:
            watermark.MARKED_BEFORE = self.marked_before
            self.database.close()
            shutil.rmtree(self.folder)

    def _tick(self) -> int:
        self.clock += 1000
        return self.clock

    @initialize(merges=st.integers(0, 2**_STEPS - 1))
    def a_first_session(self, merges: int) -> None:
        self.merges = merges
        self.database.session("ses_a", at=START)

    @rule(name=st.sampled_from(("ses_a", "ses_b", "ses_c")))
    def add_session(self, name: str) -> None:
        if not self._one("SELECT count(*) FROM session WHERE id = ?", name):
            # An older session too: it was imported, or moved here.
            self.database.session(name, at=START if name == "ses_c" else self._tick())

    @rule(session=st.sampled_from(("ses_a", "ses_b")), count=_FEW)
    def add_calls(self, session: str, count: int) -> None:
        for _ in range(count):
            at = self._tick()
            self.database.call(session, "bash", f"call_{at % 5000}", at=at)

    @rule(session=st.sampled_from(("ses_a", "ses_b")))
    def begin_call(self, session: str) -> None:
        at = self._tick()
        message = self.database.message(session, at=at, completed=None)
        self.database.db.execute(
            "UPDATE message SET data = json_remove(data, '$.time.completed') WHERE id = ?",
            (message,),
        )
        part = self.database.call(
            session, "bash", f"call_{at}", at=at, ms=None, status="running", message=message
        )
        self.open.append(message)
        self.running.append(part)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 20))
    def end_call(self, which: int) -> None:
        self._change(
            "part",
            self.running.pop(which % len(self.running)),
            lambda data: data["state"].update(
                status="completed",
                metadata={"exit": which % 2},
                time={**data["state"]["time"], "end": self._tick()},
            ),
        )

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 20))
    def end_message(self, which: int) -> None:
        self._change(
            "message",
            self.open.pop(which % len(self.open)),
            lambda data: data["time"].update(completed=self._tick()),
        )

    @rule(late=st.booleans())
    def ask(self, late: bool) -> None:
        """A user's message; sometimes a merge comes between it and its text."""
        if not late:
            self.database.user("ses_a", at=self._tick())
            return
        at = self._tick()
        message = self.database.message("ses_a", at=at, role="user")
        self.merge()
        self.database.part(message, "ses_a", {"type": "text", "text": "do it"}, at=at)

    @rule(count=_FEW, table=st.sampled_from(("message", "part", "both")))
    def delete_last(self, count: int, table: str) -> None:
        """A revert: what follows gets the same rowids again."""
        for each in ("message", "part") if table == "both" else (table,):
            self.database.db.execute(
                f"DELETE FROM {each} WHERE rowid IN "
                f"(SELECT rowid FROM {each} ORDER BY rowid DESC LIMIT {count})"
            )

    @rule(nth=st.integers(0, 30), table=st.sampled_from(("message", "part")))
    def delete_one(self, nth: int, table: str) -> None:
        self.database.db.execute(
            f"DELETE FROM {table} WHERE rowid IN "
            f"(SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET {nth})"
        )

    @rule(name=st.sampled_from(("ses_b", "ses_c")))
    def delete_session(self, name: str) -> None:
        for table, column in (("session", "id"), ("message", "session_id"), ("part", "session_id")):
            self.database.db.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))

    @rule()
    def vacuum(self) -> None:
        self.database.db.execute("VACUUM")

    def merge(self) -> None:
        merge_project(self.folder, self.database.path, store=self.store, journals=[])

    def compare(self) -> None:
        """After a merge, all that still stands in the source is in the store as if it were new."""
        self.merge()
        again = merge_project(self.folder, self.database.path, store=self.store, journals=[])
        assert 0 == again.changed_sessions
        fresh = self.folder / "fresh.db"
        fresh.unlink(missing_ok=True)
        merge_project(self.folder, self.database.path, store=fresh, journals=[])
        for table, key in (
            ("sessions", "session_id"),
            ("messages", "message_id"),
            ("calls", "call_key"),
        ):
            kept = self._facts(self.store, table, key)
            for name, row in self._facts(fresh, table, key).items():
                assert row == self._without_history(table, kept.get(name, {}), row), table

    def _without_history(
        self, table: str, kept: dict[str, Any], fresh: dict[str, Any]
    ) -> dict[str, Any]:
        """A row of the store, less what it knows from rows that are deleted by now."""
        if table == "calls":
            message = fresh["message_id"]
            if not self._one("SELECT count(*) FROM message WHERE id = ?", message):
                return kept | {name: fresh[name] for name in ("model", "agent", "copied")}
        if table == "messages" and fresh["role"] == "user":
            message = fresh["message_id"]
            if not self._one("SELECT count(*) FROM part WHERE message_id = ?", message):
                return kept | {"opens_turn": fresh["opens_turn"]}
        return kept

    @invariant()
    def merged_now_and_then(self) -> None:
        self.merges, now = divmod(self.merges, 2)
        if now:
            self.merge()

    def _facts(self, store: Path, table: str, key: str) -> dict[str, dict[str, Any]]:
        """A table's rows by their key, without what depends on rows that are history by now."""
        connection = sqlite3.connect(store)
        connection.row_factory = sqlite3.Row
        try:
            found = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
        finally:
            connection.close()
        for row in found:
            for name in ("active_skill", "counted"):
                row.pop(name, None)
        return {row[key]: row for row in found}

    def _one(self, query: str, *values: object) -> Any:
        return self.database.db.execute(query, values).fetchone()[0]

    def _change(self, table: str, key: str, change: Any) -> None:
        row = self.database.db.execute(f"SELECT data FROM {table} WHERE id = ?", (key,)).fetchone()
        if row:
            data = json.loads(row[0])
            change(data)
            self.database.db.execute(
                f"UPDATE {table} SET data = ?, time_updated = ? WHERE id = ?",
                (json.dumps(data), self._tick(), key),
            )


Histories.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=_STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestHistories = pytest.mark.slow(Histories.TestCase)


def test_after_a_revert_the_last_rows_are_read_again_and_counted_once(
    project: Path, tmp_path: Path
) -> None:
    """A change that OpenCode does not make, in a row long before, shows that this one is not."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session("ses_a", at=START)
    first = database.call(session, "bash", "first", at=START)
    for number in range(250):
        database.call(session, "bash", "b", at=START + number)
        if number in (40, 245):
            database.db.execute(
                "UPDATE part SET data = '?' WHERE rowid = (SELECT max(rowid) FROM part)"
            )
    merge_project(project, database.path)
    database.db.execute(
        "UPDATE part SET data = replace(data, 'first', 'other') WHERE id = ?", (first,)
    )
    for table in ("message", "part"):
        database.db.execute(
            f"DELETE FROM {table} WHERE rowid > (SELECT max(rowid) - 3 FROM {table})"
        )
    for number in range(5):
        # The first as if it were older than the mark: it was imported, or a clock went back.
        at = START + 1000 + number if number else START + 10
        database.call(session, "bash", f"new {number}", at=at)
    database.part("msg_x", session, "?", at=START + 2000)

    merge_project(project, database.path)

    assert ["first"] == rows(
        project, "SELECT call_id FROM calls WHERE call_id NOT LIKE 'b%' AND call_id NOT LIKE 'new%'"
    )
    assert [5] == rows(project, "SELECT count(*) FROM calls WHERE call_id LIKE 'new%'")
    assert [3] == rows(project, "SELECT malformed FROM merge_state WHERE kind = 'database'")
