"""Forks copy history; every call, message and token counts once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows

FORKED = START + 60_000


def _history(database: Rows, session: str, *, prefix: str) -> None:
    """Two calls, as they stand in the original and, with the same data, in every copy."""
    for number in (1, 2):
        at = START + number * 1000
        message = database.message(session, at=at, message_id=f"msg_{prefix}{number}")
        database.call(session, "bash", f"call_{number}", at=at + 5, message=message)


def _counted(project: Path, session: str) -> tuple[int, int]:
    query = "SELECT count(*) FROM {} WHERE session_id = ? AND counted = 1"
    (calls,) = rows(project, query.format("calls"), session)
    (messages,) = rows(project, query.format("messages"), session)
    return calls, messages


def test_a_fork_counts_once(project: Path, tmp_path: Path) -> None:
    """The copies in a fork are marked and not counted; what the fork adds is."""
    database = Rows(tmp_path / "opencode.db", project)
    _history(database, database.session("ses_a"), prefix="a")
    fork = database.session("ses_b", at=FORKED, title="A session (fork #1)")
    _history(database, fork, prefix="b")
    database.call(fork, "bash", "call_3", at=FORKED + 1000)

    summary = merge_project(project, database.close())

    assert (3, 2) == (summary.calls, summary.copies)
    assert (2, 2) == _counted(project, "ses_a")
    assert (1, 1) == _counted(project, "ses_b")


def test_a_copy_of_a_message_being_written_is_the_same_message(
    project: Path, tmp_path: Path
) -> None:
    """The copy of a message that was being written stays as it was, and is the same message."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    _history(database, "ses_a", prefix="a")
    fork = database.session("ses_b", at=FORKED, title="A session (fork #1)")
    _history(database, fork, prefix="b")
    database.db.execute(
        "UPDATE message SET data = json_set(json_remove(data, '$.time.completed'), "
        "'$.cost', 0, '$.tokens.input', 0, '$.tokens.output', 0) WHERE id = 'msg_b2'"
    )
    database.db.execute(
        "UPDATE part SET data = json_set(json_remove(data, '$.state.time.end'), "
        "'$.state.status', 'running') WHERE message_id = 'msg_b2'"
    )

    summary = merge_project(project, database.close())

    assert (2, 2) == (summary.calls, summary.copies)
    assert (2, 2) == _counted(project, "ses_a")
    assert (0, 0) == _counted(project, "ses_b")


@pytest.mark.parametrize("deleted", [False, True])
def test_a_fork_while_a_call_is_pending(project: Path, tmp_path: Path, deleted: bool) -> None:
    """Its copy has no start, or an earlier one, for ever: it is the same call as its original, or
    as a copy that was made after it had ended.
    """
    database = Rows(tmp_path / "opencode.db", project)
    for number, session in enumerate(("ses_a", "ses_pending", "ses_early", "ses_late")):
        database.session(session, at=START + (0 if not number else 60_000 + number))
        _history(database, session, prefix=session)
    database.db.execute(
        "UPDATE part SET data = json_set(data, '$.state', json('{\"status\":\"pending\"}')) "
        "WHERE message_id = 'msg_ses_pending2'"
    )
    database.db.execute(
        "UPDATE part SET data = json_set(json_remove(data, '$.state.time.end'), '$.state.status', "
        "'running', '$.state.time.start', ?) WHERE message_id = 'msg_ses_early2'",
        (START + 2002,),
    )
    for session in ("ses_pending", "ses_early"):
        database.db.execute(
            "UPDATE message SET data = json_remove(data, '$.time.completed', '$.tokens') "
            "WHERE id = ?",
            (f"msg_{session}2",),
        )
    if deleted:
        for table, column in (("session", "id"), ("message", "session_id"), ("part", "session_id")):
            database.db.execute(f"DELETE FROM {table} WHERE {column} = 'ses_a'")

    summary = merge_project(project, database.close())

    assert 2 == summary.calls
    assert [2] == rows(project, "SELECT count(*) FROM messages WHERE counted = 1")
    assert ["succeeded"] == rows(project, "SELECT DISTINCT outcome FROM calls WHERE counted = 1")


def test_copies_of_a_call_that_never_ended_count_once(project: Path, tmp_path: Path) -> None:
    """OpenCode 1.2 writes the start of a `task` call twice: forks may hold different ones."""
    database = Rows(tmp_path / "opencode.db", project)
    for number in range(3):
        session = database.session(at=FORKED + number)
        message = database.message(session, at=START, time={"created": START})
        at = START + 5 * number
        database.call(session, "task", "c0", at=at, ms=None, status="running", message=message)

    assert 1 == merge_project(project, database.close()).calls


def test_pending_calls_of_one_id_are_many(project: Path, tmp_path: Path) -> None:
    """Many providers number the calls of each session from 0: without a start they are many."""
    database = Rows(tmp_path / "opencode.db", project)
    for number in (1, 2):
        session = database.session(at=FORKED)
        message = database.message(session, at=START + number)
        database.part(
            message,
            session,
            {"type": "tool", "tool": "bash", "callID": "c0", "state": {"status": "pending"}},
            at=START + number,
        )

    assert 2 == merge_project(project, database.close()).calls


def test_a_fork_of_a_fork_counts_once(project: Path, tmp_path: Path) -> None:
    """A fork of a fork copies copies: still once."""
    database = Rows(tmp_path / "opencode.db", project)
    for number, session in enumerate(("ses_a", "ses_b", "ses_c")):
        database.session(session, at=START if not number else FORKED + number)
        _history(database, session, prefix=session)

    summary = merge_project(project, database.close())

    assert (2, 4) == (summary.calls, summary.copies)


def test_a_fork_of_a_fork_with_work_of_its_own(project: Path, tmp_path: Path) -> None:
    """What the first fork added is original there, and a copy in the second."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    _history(database, "ses_a", prefix="a")
    for number, session in enumerate(("ses_b", "ses_c")):
        database.session(session, at=FORKED + number * 60_000)
        _history(database, session, prefix=session)
        message = database.message(session, at=FORKED + 1000, message_id=f"msg_own{session}")
        database.call(session, "bash", "call_3", at=FORKED + 1005, message=message)

    summary = merge_project(project, database.path)
    assert (3, 5) == (summary.calls, summary.copies)
    assert [(2, 2), (1, 1), (0, 0)] == [
        _counted(project, session) for session in ("ses_a", "ses_b", "ses_c")
    ]

    # In a store that never saw the first two, the last fork's copies are all there is.
    for session in ("ses_a", "ses_b"):
        for table, column in (("session", "id"), ("message", "session_id"), ("part", "session_id")):
            database.db.execute(f"DELETE FROM {table} WHERE {column} = ?", (session,))
    fresh = merge_project(project, database.close(), store=tmp_path / "fresh.db")
    assert (3, 0) == (fresh.calls, fresh.copies)


def test_the_original_was_deleted(project: Path, tmp_path: Path) -> None:
    """Without its original a copy counts; among several, the one in the oldest session."""
    database = Rows(tmp_path / "opencode.db", project)
    for number, session in enumerate(("ses_a_late", "ses_b_early")):
        database.session(session, at=FORKED + 1000 * (2 - number))
        _history(database, session, prefix=session)

    summary = merge_project(project, database.close())

    assert (2, 2) == (summary.calls, summary.copies)
    assert (2, 2) == _counted(project, "ses_b_early")
    assert (0, 0) == _counted(project, "ses_a_late")


def test_the_original_is_read_later(project: Path, tmp_path: Path) -> None:
    """A copy ceases to count as soon as its original is merged from another database."""
    fork = Rows(tmp_path / "fork.db", project)
    fork.session("ses_b", at=FORKED)
    _history(fork, "ses_b", prefix="b")
    original = Rows(tmp_path / "original.db", project)
    original.session("ses_a")
    _history(original, "ses_a", prefix="a")

    before = merge_project(project, fork.close())
    after = merge_project(project, original.close())

    assert (2, 0) == (before.calls, before.copies)
    assert (2, 2) == (after.calls, after.copies)


def test_what_a_copied_message_is_known_by(project: Path, tmp_path: Path) -> None:
    """Role, times, model and output tokens: what differs in one of them is another message."""
    database = Rows(tmp_path / "opencode.db", project)
    original, fork = database.session(at=START), database.session(at=START + 9000)
    database.message(original, at=START + 100, tokens=(100, 10))
    database.message(fork, at=START + 100, tokens=(100, 10))
    database.message(fork, at=START + 100, tokens=(100, 11))
    database.message(fork, at=START + 100, tokens=(100, 10), model="zai/glm-5")
    database.message(fork, at=START + 100, tokens=(100, 10), completed=START + 101)
    database.message(fork, at=START + 101, tokens=(100, 10))
    # What differs only in what is not compared is the same one.
    database.message(fork, at=START + 100, tokens=(999, 10), cost=9.0)

    merge_project(project, database.close())

    counted = (
        "SELECT session_id, sum(counted), count(*) FROM messages GROUP BY 1 ORDER BY min(rowid)"
    )
    assert [(original, 1, 1), (fork, 4, 6)] == rows(project, counted)


def test_an_imported_session_is_no_copy(project: Path, tmp_path: Path) -> None:
    """A session that was imported keeps its own times, old as they are beside the other rows."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_new", at=FORKED)
    database.call("ses_new", "read", "call_9", at=FORKED + 5)
    merge_project(project, database.path)
    # Its rows are the latest, with the ids and times of another machine's.
    database.session("ses_a", at=START)
    _history(database, "ses_a", prefix="a")

    summary = merge_project(project, database.close())

    assert (3, 0) == (summary.calls, summary.copies)
    assert (2, 2) == _counted(project, "ses_a")


def test_a_session_in_two_databases_is_one(project: Path, tmp_path: Path) -> None:
    """A backup of a database, merged besides, adds nothing."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    _history(database, "ses_a", prefix="a")
    path = database.close()
    backup = tmp_path / "backup.db"
    backup.write_bytes(path.read_bytes())

    summary = merge_project(project, path, backup)

    assert (1, 2, 0) == (summary.sessions, summary.calls, summary.copies)
