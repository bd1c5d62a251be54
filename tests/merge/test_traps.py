"""The traps that real databases set, one test a row of the list in the field notes.

Those that need many rows to show are elsewhere: forks in test_merge_copies, windows and subagents
in test_merge_windows, loads in test_merge_loads, outcomes in test_merge_outcomes, the join in
test_merge_join.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows


def test_call_ids_that_are_empty(project: Path, tmp_path: Path) -> None:
    """Calls without an id are calls, and no event can name one."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    for number, call_id in enumerate(("", " ", "functions.bash:2")):
        database.call(session, "bash", call_id, at=START + 1000 * number)
    telemetry.record("retry", {}, envelope={"session_id": session, "call_id": ""}, time=START - 5)

    summary = merge_project(project, database.close())

    assert (3, 0, 1) == (summary.calls, summary.copies, summary.matches["none"])
    assert [None, None, "functions.bash:2"] == rows(
        project, "SELECT call_id FROM calls ORDER BY started"
    )


def test_nothing_is_ordered_by_ids_that_wrapped(project: Path, tmp_path: Path) -> None:
    """New rows have smaller ids than old ones: nothing is ordered, or gone on from, by them."""

    def write(database: Rows, prefix: str, first: int, count: int) -> None:
        for number in range(first, first + count):
            at = START + number * 1000
            message = f"msg_{prefix}{number}"
            if number % 4 == 0:
                database.user("ses_a", at=at - 50)
            database.message("ses_a", at=at, message_id=message)
            tool, given = [
                ("skill", {"name": f"skill{number}"}),
                ("edit", {"filePath": "/a"}),
                ("edit", {"filePath": "/a"}),
                ("bash", {"command": "make"}),
            ][number % 4]
            database.call(
                "ses_a",
                tool,
                f"c{number}",
                at=at,
                message=message,
                part_id=f"prt_{prefix}{number}",
                given=given,
                status="error" if number % 4 == 1 else "completed",
                error="no" if number % 4 == 1 else None,
            )

    found = []
    for name, prefixes in (("plain", ("a", "b")), ("wrapped", ("f", "0"))):
        database = Rows(tmp_path / f"{name}.db", project)
        database.session("ses_a")
        store = tmp_path / f"{name}.out"
        for part, prefix in enumerate(prefixes):
            write(database, prefix, part * 6, 6)
            merge_project(project, database.path, store=store)
        database.close()
        query = "SELECT call_id, active_skill, outcome FROM calls ORDER BY started"
        chains = "SELECT attempt, last, success, time FROM edit_metrics ORDER BY time"
        windows = "SELECT skill, tool_calls, window_ms FROM skill_metrics ORDER BY started"
        found.append([rows(project, each, store=store) for each in (query, chains, windows)])

    assert 12 == len(found[0][0])
    assert found[0] == found[1]


@pytest.mark.parametrize("tool", ["bash", "skill", "read"])
def test_an_output_that_was_trimmed(project: Path, tmp_path: Path, tool: str) -> None:
    """A call whose output compaction took away later ended as it ended."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    call = database.call(session, tool, "c", at=START + 9, given={"name": "x"}, output="Do it.")
    merge_project(project, database.path)
    before = contents(project)
    database.db.execute(
        "UPDATE part SET data = json_set(data, '$.state.time.compacted', ?) WHERE id = ?",
        (START + 5000, call),
    )
    merge_project(project, database.path)
    assert before == contents(project)

    fresh = tmp_path / "fresh.db"
    merge_project(project, database.close(), store=fresh)
    assert before == contents(project, fresh)


def test_texts_that_were_cut_within_a_character(project: Path, tmp_path: Path) -> None:
    """OpenCode cuts by UTF-16 units: what is left of an emoji is no character, a call is one."""
    half = "\ud83d"
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    first, last = (database.user(session, at=START + at, text=f"go {half}") for at in (1, 2000))
    database.message(session, at=START + 5, message_id="msg_a", summary={"title": f"a{half}"})
    calls: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
        ("read", {"filePath": "/long.txt"}, f"x{half}...", {"preview": f"\\\\ud83d {half}"}),
        ("bash", {"command": f"echo {half}"}, f"{half}\ude00 \ude00", {"exit": 3}),
        ("skill", {"name": "code-agent"}, f"Do it.{half}", {}),
    ]
    for number, (tool, given, output, metadata) in enumerate(calls):
        database.call(
            session, tool, f"c{number}", at=START + 100 * number, message="msg_a", given=given,
            output=output, metadata=metadata,
        )  # fmt: skip

    summary = merge_project(project, database.close())

    assert (3, 0) == (summary.calls, summary.malformed)
    assert [("read", "succeeded"), ("bash", "failed"), ("skill", "succeeded")] == rows(
        project, "SELECT tool, outcome FROM calls ORDER BY call_id"
    )
    assert [len("Do it.") + 1] == rows(project, "SELECT context_chars FROM skill_metrics")
    assert [first, last] == rows(
        project, "SELECT message_id FROM messages WHERE opens_turn ORDER BY created"
    )


def test_sessions_that_are_hidden(project: Path, tmp_path: Path) -> None:
    """Archived and reverted sessions keep their parts, and count."""
    database = Rows(tmp_path / "opencode.db", project)
    archived = database.session("ses_archived")
    database.db.execute("UPDATE session SET time_archived = ?", (START + 9000,))
    database.db.execute("ALTER TABLE session ADD COLUMN revert text")
    reverted = database.db.execute(
        "INSERT INTO session SELECT 'ses_reverted', project_id, parent_id, slug, directory, title, "
        "version, time_created, time_updated, NULL, ? FROM session RETURNING id",
        (json.dumps({"messageID": "msg_x", "partID": "prt_x"}),),
    ).fetchone()[0]
    for session in (archived, reverted):
        database.call(session, "bash", "call_1", at=START + 100)

    summary = merge_project(project, database.close())

    assert (2, 2) == (summary.sessions, summary.calls)
    assert [("ses_archived", START + 9000), ("ses_reverted", None)] == rows(
        project, "SELECT session_id, archived FROM sessions ORDER BY 1"
    )


def test_calls_of_a_batch_are_calls(project: Path, tmp_path: Path) -> None:
    """The calls inside a `batch` are parts of their own, whose call id is their part's id."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    message = database.message(session, at=START)
    database.call(session, "batch", "call_1", at=START + 10, ms=500, message=message)
    for part in ("prt_1", "prt_2"):
        database.call(session, "bash", part, at=START + 20, message=message, part_id=part)
        telemetry.record(
            "retry", {}, envelope={"session_id": session, "call_id": part}, time=START + 30
        )

    summary = merge_project(project, database.close())

    assert (3, 2) == (summary.calls, summary.matches["exact"])
    assert ["prt_1", "prt_2"] == rows(project, "SELECT call_key FROM events ORDER BY 1")


def test_a_load_is_not_a_run(project: Path, tmp_path: Path) -> None:
    """Loading a skill takes some milliseconds, which are its load time and nothing else."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    database.call(session, "skill", "c1", at=START + 10, ms=12, given={"name": "x"}, output="Do.")
    database.call(session, "bash", "c2", at=START + 5000, ms=70)

    merge_project(project, database.close())

    assert [("load", "succeeded", 12, None, 5048)] == rows(
        project, "SELECT kind, outcome, load_ms, run_ms, window_ms FROM skill_metrics"
    )


def test_a_skill_file_that_could_not_be_read(project: Path, tmp_path: Path) -> None:
    """A `read` of a SKILL.md that failed has read nothing."""
    database = Rows(tmp_path / "opencode.db", project)
    given = {"filePath": "/x/.opencode/skill/review/SKILL.md"}
    database.call(
        database.session(), "read", "c", at=START, given=given, status="error", error="not found"
    )

    merge_project(project, database.close())

    assert [None] == rows(project, "SELECT read_skill FROM calls")


def test_names_of_any_length(project: Path, tmp_path: Path) -> None:
    """A model may call anything a tool; of what is stored nothing is longer than a name can be."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    database.call(session, f" bash{'x' * 5000}", "c" * 5000, at=START + 1)
    database.call(session, "invalid", "c2", at=START + 2, given={"tool": "y" * 5000})
    database.call(session, " bash ", "c3", at=START + 3, metadata={"exit": 3})

    merge_project(project, database.close())

    assert [(1000, 1000), (1000, 2), (4, 2)] == rows(
        project, "SELECT length(tool), length(call_id) FROM calls ORDER BY started"
    )


@pytest.mark.parametrize("archived", ["", b"", 0.0, float(START)])
def test_a_session_s_time_that_is_none(project: Path, tmp_path: Path, archived: object) -> None:
    """What stands in the column is a time or unknown, never something else."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    database.db.execute("UPDATE session SET time_archived = ?", (archived,))
    database.call("ses_a", "bash", "c1", at=START + 1)

    merge_project(project, database.close())

    kinds = rows(project, "SELECT typeof(archived) FROM sessions")
    assert ["integer" if archived == START else "null"] == kinds
