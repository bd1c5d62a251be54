"""When a message ended that 1.x wrote, and a fork in 2.x copied after the migration.

The migration sets the end of a message to the time of its row, some ms later. The message itself is
read from the tables of 1.x; its copies have to have its times, or they would not be known as such.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from .database import Reader
from .v2_message import MessageRow
from .v2_row import Row
from .v2_session import SessionIndex
from .values import json_object, section

_ROW_BYTES_MAX = 1 << 20


def times_before_migration(
    reader: Reader, sessions: SessionIndex, message: MessageRow, row: Row
) -> dict[str, Any] | None:
    """The times of the message of 1.x that a model's message is a copy of; None of any other."""
    if message.kind != "assistant" or message.session_id not in sessions.forks:
        return None
    if not reader.has("message", "session_id", "time_created"):
        return None
    for source in sessions.sources(message.session_id):
        found = _times(reader, source, row.time_created)
        if found is not None:
            return found
    return None


def _times(reader: Reader, session_id: str, created: object) -> dict[str, Any] | None:
    query = "SELECT data FROM message WHERE session_id = ? AND time_created = ?"
    with reader.at_most(_ROW_BYTES_MAX):
        try:
            for (data,) in reader.connection.execute(query, (session_id, created)):
                body = json_object(data) or {}
                if body.get("role") == "assistant":
                    return section(body.get("time")) or None
        except sqlite3.DataError:
            return None
    return None
