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


def test_it_is_a_child_of_the_call(project: Path, tmp_path: Path) -> None:
    """It belongs to the skill of the command that started it, though another one was loaded before
    it began; without the call, to what its parent did last. One command may start several.
    """
    written = Rows(tmp_path / "opencode.db", project)
    written.session("ses_outer")
    written.user("ses_outer", at=START + 1)
    for call, skill, at in (("call_1", "research", 100), ("call_3", "review", 1_200)):
        written.call("ses_outer", "skill", call, at=START + at, given={"name": skill}, output="Do.")
        written.call("ses_outer", "bash", "call_2" if at == 100 else "call_4", at=START + at + 100)
    for inner in ("ses_inner", "ses_other", "ses_loose"):
        written.session(inner, at=START + 2000)
        written.user(inner, at=START + 2001)
        written.call(inner, "read", "call_1", at=START + 3000)
    database = written.close()
    loose = {"session_id": "ses_loose", "parent_session_id": "ses_outer"}
    other = {**LINE, "session_id": "ses_other", "parent_call_id": " call_2 "}
    _note(project, *map(json.dumps, (LINE, other, loose)))

    merge_project(project, database)

    calls = "SELECT skill, tool_calls FROM skill_metrics WHERE kind = 'load' ORDER BY 1"
    # Beside its own command, research has two sessions' calls and the load of the next skill.
    assert [("research", 4), ("review", 2)] == rows(project, calls)
    active = "SELECT session_id, active_skill FROM calls WHERE tool = 'read' ORDER BY 1"
    found = [("ses_inner", "research"), ("ses_loose", "review"), ("ses_other", "research")]
    assert found == rows(project, active)


def test_a_call_that_is_known_later(project: Path, database: Path) -> None:
    """A parent that was noted without its call, as earlier versions kept it, gets the call; a
    merge with nothing new changes nothing.
    """
    _note(project, json.dumps({**LINE, "parent_call_id": None}))
    merge_project(project, database)
    _note(project, json.dumps(LINE))

    assert 1 == merge_project(project, database).changed_sessions
    assert 0 == merge_project(project, database).changed_sessions
    started_in = "SELECT parent_id, parent_call_id FROM sessions WHERE session_id = 'ses_inner'"
    assert [("ses_outer", "call_2")] == rows(project, started_in)


@pytest.mark.parametrize("has_journal", [False, True])
def test_the_notes_beside_every_journal_count(
    project: Path, database: Path, tmp_path: Path, *, has_journal: bool
) -> None:
    """The notes beside every journal count, or where one would be: the parent's project has them,
    whichever project the merge is started in.
    """
    _note(project, json.dumps(LINE))
    if has_journal:
        journal_path(project).write_text(
            '{"schema":"tachikoma.metrics/1","created":1,"events":[]}\n'
        )
    here = tmp_path / "elsewhere"
    here.mkdir()

    merge_project(here, database, store=project / "all.db", all_projects=True)

    parents = "SELECT parent_call_id FROM sessions WHERE session_id = 'ses_inner'"
    assert ["call_2"] == rows(project, parents, store=project / "all.db")


def test_the_earliest_note_counts(project: Path, database: Path, tmp_path: Path) -> None:
    """Also of two projects, in both of which commands went on with the session."""
    later = tmp_path / "later" / "metrics.json"
    later.parent.mkdir()
    line = {**LINE, "parent_call_id": "call_9", "time": START + 9}
    (later.parent / "nested-sessions.jsonl").write_text(json.dumps(line) + "\n")
    for journal in (later, journal_path(project)):
        journal.parent.mkdir(parents=True, exist_ok=True)
        journal.write_text('{"schema":"tachikoma.metrics/1","created":1,"events":[]}\n')
    _note(project, json.dumps({**LINE, "time": START}))

    merge_project(project, database, journals=[later, journal_path(project)])

    parents = "SELECT parent_call_id FROM sessions WHERE session_id = 'ses_inner'"
    assert ["call_2"] == rows(project, parents)


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
