"""How what went to the background ended: a later row of its session says so.

    {"type":"synthetic","metadata":{"source":"shell","shellID":"sh_…","jobID":"sh_…",
     "state":"completed","exit":1}}
    {"type":"synthetic","metadata":{"source":"subagent","childID":"ses_…","state":"completed"}}

The end of a command that a user typed has no `jobID`, and is in the row of the command as well.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from operator import attrgetter

from .database import Reader
from .v2_outcome import End
from .v2_row import ROW_BYTES_MAX, TABLE
from .values import json_object, section

_SESSIONS_MAX = 1_000
_SEQ = attrgetter("seq")


class Background:
    """Looks for the ends in a session when a call needs them, and keeps those of the last ones."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._has_seq = reader.has(TABLE, "seq", "time_created")
        self._found: dict[str, dict[str, list[End]]] = {}

    def end_of(self, session_id: str, seq: object, named: str) -> End | None:
        """The first end of a shell or subagent, by its id, after the row `seq` of a session."""
        if not self._has_seq or type(seq) is not int:
            return None
        ends = self._session(session_id).get(named, [])
        at = bisect_right(ends, seq, key=_SEQ)
        return ends[at] if at < len(ends) else None

    def _session(self, session_id: str) -> dict[str, list[End]]:
        found = self._found.get(session_id)
        if found is None:
            while len(self._found) >= _SESSIONS_MAX:
                del self._found[next(iter(self._found))]
            found = self._found[session_id] = self._read(session_id)
        return found

    def _read(self, session_id: str) -> dict[str, list[End]]:
        found: dict[str, list[End]] = {}
        db, where = self._reader.connection, "session_id = ? AND type = 'synthetic'"
        query = f"SELECT seq, time_created, data FROM {TABLE} WHERE {where} ORDER BY seq"
        with self._reader.at_most(ROW_BYTES_MAX):
            try:
                for seq, time, data in db.execute(query, (session_id,)):
                    metadata = section((json_object(data) or {}).get("metadata"))
                    named = metadata.get("childID" if _is_subagent(metadata) else "shellID")
                    if isinstance(named, str) and type(seq) is int:
                        said = {each: metadata.get(each) for each in ("exit", "timeout")}
                        end = End(seq, time, metadata.get("state"), said)
                        found.setdefault(named, []).append(end)
            except sqlite3.DataError:
                pass  # a note of 16 MB: what came before it is known
        return found


def _is_subagent(metadata: dict[str, object]) -> bool:
    return metadata.get("source") == "subagent"
