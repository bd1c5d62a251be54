"""A small unified store of rows that a test chooses, made from the real schema.

Each method adds one row; what a test does not name is unknown, or the least that a row can be.
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

from tachikoma_telemetry.store.session_sums import add_all_up

NOW = 1_800_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR


class ReportsStore:
    """A store to be filled by hand."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = OFF")
        schema = files("tachikoma_telemetry.store").joinpath("schema.sql").read_text("utf-8")
        self._connection.executescript(schema)
        self._number = count(1)
        self._is_added_up = True

    @property
    def connection(self) -> sqlite3.Connection:
        """The store, its sums those of its rows."""
        if not self._is_added_up:
            add_all_up(self._connection)
            self._is_added_up = True
        return self._connection

    def marked(self) -> ReportsStore:
        """Marked as a store of ours, so that programs open it by its path."""
        from tachikoma_telemetry.store.origin import put_mark
        from tachikoma_telemetry.store.store import APPLICATION_ID, VERSION

        put_mark(self.connection)
        self.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self.connection.execute(f"PRAGMA user_version = {VERSION}")
        return self

    def add(self, table: str, **values: Any) -> None:
        """Insert a row as it is."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._is_added_up = False
        self._connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()]
        )

    def _next(self, kind: str) -> str:
        return f"{kind}_{next(self._number):06d}"

    def session(self, session_id: str = "s1", **values: Any) -> str:
        row = {"session_id": session_id, "created": NOW - DAY, "source": "db", **values}
        self.add("sessions", **row)
        return session_id

    def message(self, session_id: str = "s1", **values: Any) -> str:
        row = {
            "message_id": self._next("msg"),
            "session_id": session_id,
            "role": "assistant",
            "created": NOW - DAY,
            "model": "zai/glm-4.7",
            "opens_turn": 0,
            "copied": 0,
            "counted": 1,
            "source": "db",
            **values,
        }
        self.add("messages", **row)
        return str(row["message_id"])

    def call(self, tool: str | None = "bash", outcome: str = "succeeded", **values: Any) -> str:
        row = {
            "call_key": self._next("prt"),
            "session_id": "s1",
            "message_id": "m1",
            "call_id": self._next("call"),
            "tool": tool,
            "outcome": outcome,
            "started": NOW - DAY,
            "model": "zai/glm-4.7",
            "copied": 0,
            "counted": 1,
            "source": "db",
            **values,
        }
        self.add("calls", **row)
        return str(row["call_key"])

    def event(self, type: str = "iteration", match: str = "exact", **values: Any) -> str:
        row = {
            "event_id": self._next("evt"),
            "type": type,
            "time": NOW - DAY,
            "opencode": 1,
            "match": match,
            "body": "{}",
            "source": "journal",
            "run": values.get("run_id"),
            **values,
        }
        self.add("events", **row)
        return str(row["event_id"])

    def load(self, skill: str = "code-agent", outcome: str = "succeeded", **values: Any) -> None:
        row = {
            "metric_id": self._next("load:prt"),
            "kind": "load",
            "skill": skill,
            "session_id": "s1",
            "started": NOW - DAY,
            "outcome": outcome,
            "counted": 1,
            **values,
        }
        self.add("skill_metrics", **row)

    def run(
        self, skill: str | None = "code-agent", outcome: str | None = "succeeded", **values: Any
    ) -> str:
        run_id = values.pop("run_id", None) or self._next("run")
        row = {
            "metric_id": f"run:{run_id}",
            "kind": "run",
            "run_id": run_id,
            "skill": skill,
            "session_id": "s1",
            "started": NOW - DAY,
            "outcome": outcome,
            "counted": 1,
            **values,
        }
        self.add("skill_metrics", **row)
        return str(run_id)

    def _metric(self, table: str, values: dict[str, Any]) -> str:
        row = {
            "event_id": self._next("evt"),
            "skill": "code-agent",
            "session_id": "s1",
            "match": "exact",
            "model": "zai/glm-4.7",
            "time": NOW - DAY,
            **values,
        }
        self.add(table, **row)
        return str(row["event_id"])

    def iteration(self, stage: str | None = "verify", **values: Any) -> str:
        criteria = values.pop("failed_criteria", ())
        event_id = self._metric(
            "iteration_metrics", {"kind": "iteration", "stage": stage, **values}
        )
        for criterion in criteria:
            self.add("iteration_criteria", event_id=event_id, criterion=criterion)
        return event_id

    def retry(self, **values: Any) -> str:
        return self._metric("iteration_metrics", {"kind": "retry", **values})

    def chunk(self, **values: Any) -> str:
        return self._metric("rlm_metrics", {"mode": "parallel", "unit": "chars", **values})

    def intent(self, intent: str | None = "debug", **values: Any) -> str:
        return self._metric("intent_metrics", {"intent": intent, **values})

    def edit(
        self,
        *attempts: tuple[str | None, int | None],
        model: str | None = "zai/glm-4.7",
        source: str = "event",
        **values: Any,
    ) -> None:
        """One edit: its attempts as (format, success), in order."""
        chain = self._next("edit")
        for number, (format, success) in enumerate(attempts, 1):
            row = {
                "attempt_id": self._next(f"{source}:a"),
                "source": source,
                "scope": "s1",
                "edit": chain,
                "attempt": number,
                "last": int(number == len(attempts)),
                "format": format,
                "success": success,
                "model": model,
                "model_key": model.rsplit("/", 1)[-1] if model else None,
                "session_id": "s1",
                "skill": "code-agent",
                "time": NOW - DAY + number,
                **values,
            }
            self.add("edit_metrics", **row)
