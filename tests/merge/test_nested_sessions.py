"""Sessions of an OpenCode that a command of another one started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tachikoma_telemetry.project import journal_path

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows

LINE = {"session_id": "ses_inner", "parent_session_id": "ses_outer", "parent_call_id": "call_2"}


def _note(project: Path, *lines: str, name: str = "nested-sessions.jsonl") -> None:
    folder = journal_path(project).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Path:
    """A skill whose command runs an OpenCode, which makes two calls."""
    written = Rows(tmp_path / "opencode.db", project)
    written.session("ses_outer")
    written.user("ses_outer", at=START + 1)
    given = {"name": "research"}
    written.call("ses_outer", "skill", "call_1", at=START + 100, given=given, output="Do it.")
    written.call("ses_outer", "bash", "call_2", at=START + 1000, ms=9000)
    written.session("ses_inner", at=START + 2000)
    written.user("ses_inner", at=START + 2001)
    written.call("ses_inner", "read", "call_1", at=START + 3000)
    written.call("ses_inner", "bash", "call_2", at=START + 4000, metadata={"exit": 1})
    return written.close()


def _calls(project: Path) -> tuple[int, int]:
    """Calls in the skill's window, and those of them that failed."""
    ((calls, failed),) = rows(
        project, "SELECT tool_calls, failed_tool_calls FROM skill_metrics WHERE kind = 'load'"
    )
    return calls, failed


def test_it_is_attributed_like_a_subagent(project: Path, database: Path) -> None:
    """Whether the note was there before the first merge or came after it, and once it is gone."""
    merge_project(project, database)
    assert (1, 0) == _calls(project)

    _note(project, json.dumps(LINE))
    merge_project(project, database)
    assert (3, 1) == _calls(project)
    parents = "SELECT parent_id FROM sessions WHERE session_id = 'ses_inner'"
    assert ["ses_outer"] == rows(project, parents)
    fresh = project / "fresh.db"
    merge_project(project, database, store=fresh)
    assert contents(project, fresh) == contents(project)

    _note(project)
    assert 0 == merge_project(project, database).changed_sessions
    assert (3, 1) == _calls(project)


def test_the_first_note_of_a_session_counts(project: Path, database: Path) -> None:
    """What continues it later did not begin it; the older file has the older notes."""
    _note(project, json.dumps({**LINE, "parent_session_id": "ses_other"}))
    _note(project, json.dumps(LINE), name="nested-sessions.1.jsonl")

    merge_project(project, database)

    assert (3, 1) == _calls(project)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "null", '{"session_id": 1, "parent_session_id": []}', '{"session_id": "ses_inner"}',
     json.dumps({**LINE, "session_id": "ses_outer"}),
     json.dumps({**LINE, "parent_session_id": "x" * 1_000_000})],
    ids=["cut", "list", "null", "numbers", "alone", "itself", "long"],
)  # fmt: skip
def test_what_is_no_note_says_nothing(project: Path, database: Path, line: str) -> None:
    """A line that was cut, that names no session, or a session as its own parent."""
    _note(project, line)

    merge_project(project, database)

    assert (1, 0) == _calls(project)


def test_sessions_that_are_each_others_parents(project: Path, database: Path) -> None:
    """A merge of a circle ends."""
    around = {"session_id": "ses_outer", "parent_session_id": "ses_inner"}
    _note(project, json.dumps(LINE), json.dumps(around))

    merge_project(project, database)

    assert (3, 1) == _calls(project)
