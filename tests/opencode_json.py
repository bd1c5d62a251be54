"""The JSON files of OpenCode before 1.2, made from the rows of a database that has the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .opencode_rows import Rows


def write(path: Path, body: Any) -> Path:
    """Write one file of the storage."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return path


def as_json(database: Rows, folder: Path) -> Path:
    """Write what `database` holds as files into `folder`, which is returned."""
    for row in database.db.execute(
        "SELECT id, project_id, parent_id, directory, title, version, time_created, time_updated "
        "FROM session"
    ):
        names = ("id", "projectID", "parentID", "directory", "title", "version")
        body = {name: value for name, value in zip(names, row, strict=False) if value is not None}
        body["time"] = {"created": row[6], "updated": row[7]}
        write(folder / "session" / row[1] / f"{row[0]}.json", body)
    for key, session, data in database.db.execute("SELECT id, session_id, data FROM message"):
        body = json.loads(data) | {"id": key, "sessionID": session}
        write(folder / "message" / session / f"{key}.json", body)
    for key, message, session, data in database.db.execute(
        "SELECT id, message_id, session_id, data FROM part"
    ):
        body = json.loads(data) | {"id": key, "messageID": message, "sessionID": session}
        write(folder / "part" / message / f"{key}.json", body)
    return folder
