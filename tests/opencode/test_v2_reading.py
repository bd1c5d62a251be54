"""What OpenCode 2 stores, as it is kept: a made-up history of its rows, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry.opencode.source import open_source
from tachikoma_telemetry.opencode.watermark import UnfinishedRows

from ..merging import merge_project, rows
from ..opencode_v2_history import MODEL, SKILL_BODY, History, background, call, shell, wrapped

OUTCOMES = "SELECT call_id, tool, outcome, reason, exit_code, duration_ms FROM calls ORDER BY 1"


@pytest.fixture
def history(project: Path, tmp_path: Path) -> History:
    """A database without rows."""
    return History(tmp_path / "opencode.db", project)


def test_an_exit_code_or_a_signal_says_how_a_command_ended(project: Path, history: History) -> None:
    """By its exit code, the time that it was given, or a signal: never by words of the output.

    All are commands, with a digest that is theirs.
    """
    session, at = history.session(), history.at
    history.step(
        session,
        shell("a", at=at, exit=0),
        shell("b", at=at, exit=3),
        shell("c", at=at, timeout=True),
        shell("d", at=at, signal="SIGKILL"),
        call("shell", "e", at=at, ms=None, status="running", given={"command": "make"}),
        call("shell", "f", at=at, ms=None, status="streaming", given='{"comm'),
    )

    merge_project(project, history.close())

    assert [
        ("a", "shell", "succeeded", None, 0, 100),
        ("b", "shell", "failed", "exit 3", 3, 100),
        ("c", "shell", "timed_out", "timeout", None, 100),
        ("d", "shell", "failed", "no exit code", None, 100),
        ("e", "shell", "running", None, None, None),
        ("f", "shell", "running", None, None, None),
    ] == rows(project, OUTCOMES)
    assert [(1, 1, 6)] == rows(
        project, "SELECT min(shell), count(DISTINCT command_digest), count(*) FROM calls"
    )


def test_a_command_in_the_background_runs_until_a_later_row(
    project: Path, history: History
) -> None:
    """It runs until a later row says how it ended; the first that is of its shell, after it."""
    session, at = history.session(), history.at
    calls = [background(each, f"sh_{each}", at=at) for each in "abcd"]
    history.step(session, *calls)
    merge_project(project, history.path)
    assert ["running"] * 4 == rows(project, "SELECT outcome FROM calls")

    history.pass_time(59_000)
    history.ended(session, "sh_a", exit=1)
    history.ended(session, "sh_b", exit=0)
    history.ended(session, "sh_c", state="cancelled")
    merge_project(project, history.close())

    assert [
        ("a", "shell", "failed", "exit 1", 1, 60_000),
        ("b", "shell", "succeeded", None, 0, 60_000),
        ("c", "shell", "cancelled", "aborted", None, None),
        ("d", "shell", "running", None, None, None),
    ] == rows(project, OUTCOMES)


def test_calls_that_did_not_run(project: Path, history: History) -> None:
    """There is no such tool, the arguments do not fit, a rule or the user said no.

    Of a command that was denied nothing is kept.
    """
    session, at = history.session(), history.at
    errors = {
        "a": ("tool.execution", 'No tool named "fly" is currently available. Use …'),
        "b": ("tool.execution", "Tool is not available for this request: fly"),
        "c": ("tool.unknown", "Unknown tool"),
        "d": ("tool.execution", "Invalid tool input: Missing key at path"),
        "e": ("tool.input-json", "Unexpected end of JSON"),
        "f": ("permission.rejected", "Unable to execute command: rm -rf /secret"),
        "g": ("aborted", "The user declined this tool call"),
        "h": ("aborted", "Tool execution interrupted"),
        "i": ("tool.execution", "Unable to execute command: rm -rf secret"),
        "j": ("tool.execution", "Could not find oldString in /a/b.py"),
        "k": ("aborted", "The user dismissed this question: secret"),
        "l": ("unknown", "TypeError: secret is not a function"),
        "m": ("tool.execution", "no, use the secret one"),
        "n": ("permission.rejected", "no, use the secret one"),
        "o": ("unknown", "A plugin forbids this command: rm secret"),
        "p": ("permission.later", "Whatever this is, it is secret"),
        "q": ("tool.execution", "no, use the secret one"),
    }
    history.step(
        session,
        *(
            call({"j": "edit", "m": "github_get"}.get(key, "shell"), key, at=at, error=said)
            for key, said in errors.items()
        ),
    )

    merge_project(project, history.close())

    found = rows(project, "SELECT call_id, outcome, reason FROM calls ORDER BY 1")
    assert [
        ("a", "invalid", "unavailable tool"),
        ("b", "invalid", "unavailable tool"),
        ("c", "invalid", "unavailable tool"),
        ("d", "invalid", "invalid arguments"),
        ("e", "invalid", "invalid arguments"),
        ("f", "failed", "rejected"),
        ("g", "cancelled", "rejected"),
        ("h", "cancelled", "aborted"),
        ("i", "failed", "Unable to execute command"),
        ("j", "failed", "Could not find oldString in …"),
        ("k", "cancelled", "rejected"),
        ("l", "failed", "TypeError"),
        ("m", "failed", "error"),
        ("n", "failed", "rejected"),
        ("o", "failed", "error"),
        ("p", "failed", "error"),
        ("q", "failed", "error"),
    ] == found
    assert b"secret" not in (project / ".opencode" / "telemetry" / "unified.db").read_bytes()


def test_what_is_settled_days_later(project: Path, history: History) -> None:
    """Its server had died: it was cancelled, nobody knows when."""
    session, at = history.session(), history.at
    said = ("aborted", "Tool execution interrupted: shell")
    history.step(session, call("shell", "a", at=at, ms=259_200_000, error=said))

    merge_project(project, history.close())

    assert [("a", "shell", "cancelled", "aborted", None, None)] == rows(project, OUTCOMES)
    assert [None] == rows(project, "SELECT ended FROM calls")


def test_a_load_says_who_loaded_the_skill(project: Path, history: History) -> None:
    """The model by a tool, the user by a row of its own or in a message, a subagent's model.

    The tool's text, the message's and the plain one are one version, by the id and not the label.
    """
    session = history.session()
    skill = {"id": "release", "name": "Release it", "text": wrapped("Release it", folder="/b")}
    history.user(session, skill, {"id": "release", "name": "Release it"}, {"id": "bare"})
    history.row(session, "skill", skill="release", name="Release it", text=SKILL_BODY)
    history.step(
        session, call("skill", "a", at=history.at, given={"id": "release"}, output=wrapped("x"))
    )
    child = history.session(parent=session)
    history.step(
        child, call("skill", "b", at=history.at, given={"id": "release"}, output=wrapped("x"))
    )

    merge_project(project, history.close())

    versions = set(rows(project, "SELECT skill_version FROM calls WHERE skill = 'release'"))
    assert 1 == len(versions)
    assert [
        (None, "bare", "user", None, None),
        (None, "release", "user", None, len(SKILL_BODY)),
        (None, "release", "user", None, len(skill["text"])),
        ("skill", "release", "model", 100, len(wrapped("x"))),
        ("skill", "release", "nested", 100, len(wrapped("x"))),
    ] == rows(
        project,
        "SELECT tool, skill, trigger, duration_ms, context_chars FROM calls "
        "ORDER BY call_id, skill, context_chars",
    )
    assert [("user", 1), ("skill", 1), ("assistant", 0), ("assistant", 0)] == rows(
        project, "SELECT role, opens_turn FROM messages ORDER BY rowid"
    )


def test_a_text_that_was_cut_is_the_same_version(project: Path, history: History) -> None:
    """Cut twice, and whole as a user loads it: one version; another beginning is another one."""
    body = "\n".join(f"{number}. Do the next thing." for number in range(3000))
    cut = "\n".join(wrapped("x", body).split("\n")[:2000])
    ending = "\n\n... 1012 lines truncated; full content saved to /data/tool_{} ..."
    session = history.session()
    for text in (cut + ending.format("a"), cut + ending.format("b"), "Now " + cut):
        given = {"id": "x"}
        history.step(session, call("skill", "c", at=history.at, given=given, output=text))
    history.row(session, "skill", skill="x", name="X", text=body)

    merge_project(project, history.close())

    first, again, other, whole = rows(project, "SELECT skill_version FROM calls ORDER BY rowid")
    assert first == again == whole != other


def test_turns_compactions_and_user_commands_are_kept(project: Path, history: History) -> None:
    """A turn's outcome, a compaction's tokens and cost, and a command of the user are kept."""
    session = history.session()
    history.user(session)
    used = {"input": 900, "output": 90, "reasoning": 0, "cache": {"read": 0, "write": 0}}
    compaction = {"status": "completed", "reason": "auto", "model": MODEL, "summary": "…"}
    history.row(session, "compaction", **compaction, cost=0.05, tokens=used)
    history.idle(session, "failed")
    ended = {"status": "exited", "exit": 2, "time": {"completed": history.at + 40}}
    history.row(session, "shell", shellID="sh_1", command="ls", **ended)

    merge_project(project, history.close())

    assert [
        ("user", None, None, None, None, 1),
        ("compaction", "zai/glm-4.7", 900, 0.05, None, 0),
        ("idle", None, None, None, "failed", 0),
        ("user", None, None, None, None, 1),
    ] == rows(
        project,
        "SELECT role, model, tokens_input, cost, turn_outcome, opens_turn FROM messages "
        "ORDER BY rowid",
    )
    assert [("sh_1", "shell", "failed", "exit 2", 2, 40)] == rows(project, OUTCOMES)


def test_calls_inside_a_call_are_marked(project: Path, history: History) -> None:
    """Code of the model calls tools: calls of their own, marked, without times."""
    made = [
        {"tool": "github_search", "status": "completed", "input": {"q": "x"}},
        {"tool": "github_get", "status": "error"},
        {"tool": "github_put", "status": "running"},
    ]
    session = history.session()
    history.step(
        session, call("execute", "a", at=history.at, metadata={"toolCalls": made, "error": True})
    )

    merge_project(project, history.close())

    assert [
        ("execute", "failed", 100, None),
        ("github_get", "failed", None, "a"),
        ("github_put", "cancelled", None, "a"),
        ("github_search", "succeeded", None, "a"),
    ] == rows(
        project,
        "SELECT c.tool, c.outcome, c.duration_ms, p.call_id FROM calls c "
        "LEFT JOIN calls p ON p.call_key = c.parent_call ORDER BY 1",
    )
    assert [3] == rows(project, "SELECT count(*) FROM calls WHERE started IS NULL")


def test_what_ran_before_a_move_has_the_folder_of_then(project: Path, history: History) -> None:
    """What ran before a move belongs to the folder of then; also if it was read before the move."""
    session = history.session()
    edit = {"path": "a.py", "oldString": "x", "newString": "y"}
    history.step(session, call("edit", "a", at=history.at, given=edit))
    merge_project(project, history.path)
    (digest,) = rows(project, "SELECT file_digest FROM calls")

    history.move(session, f"{project}/tree")
    history.step(session, call("edit", "b", at=history.at, given=edit))
    merge_project(project, history.close())

    assert [str(project), None] == rows(project, "SELECT directory FROM messages ORDER BY created")
    first, second = rows(project, "SELECT file_digest FROM calls ORDER BY call_id")
    assert digest == first != second


@pytest.mark.parametrize("through", [True, False])
def test_a_fork_has_a_boundary(project: Path, history: History, through: bool) -> None:
    """Copies are the rows before or up to it, told by their ids, or by `seq` where these say
    nothing; also when the source is gone, and whatever the clock says.
    """
    session = history.session()
    made = [history.step(session, shell(f"c{number}", at=history.at, exit=0)) for number in "123"]
    history.at -= 1_000_000
    fork = history.fork(session, made[1], through=through)
    history.step(fork, shell("own", at=history.at, exit=0))
    copies = 2 if through else 1
    query = "SELECT count(*), sum(copied), sum(counted) FROM calls"

    merge_project(project, history.path, store=project / "ids")
    assert [(4 + copies, copies, 4)] == rows(project, query, store=project / "ids")

    history.db.execute(
        "UPDATE session_message SET id = 'msg_' || rowid WHERE session_id = ?", (fork,)
    )
    merge_project(project, history.path, store=project / "seqs")
    assert [(4 + copies, copies, 4)] == rows(project, query, store=project / "seqs")


def test_what_nobody_has_seen(project: Path, history: History) -> None:
    """Kinds of rows, content and states that are unknown are counted by their names, once."""
    session = history.session()
    history.row(session, "hologram", text="x")
    history.row(session, "holo gram of sk-" + "a1B2" * 10)
    item = call("read", "a", at=history.at, status="dreaming", ms=None)
    made = {"toolCalls": [{"tool": "x", "status": "inner"}, {"tool": "x", "status": "running"}]}
    history.step(
        session, item, {"type": "smell"}, call("execute", "b", at=history.at, metadata=made)
    )
    for status in ("running", "asleep"):
        history.row(session, "shell", shellID="sh", command="ls", status=status)
        history.row(session, "compaction", status=status, reason="auto")
    history.idle(session, "bored")
    with open_source(history.close()) as (storages, _):
        (storage,) = storages
        for _ in storage.sessions():
            pass
        for _ in storage.read(None, UnfinishedRows({}, {})):
            pass
        named = dict(storage.unknown)
        mark = storage.mark()
        storage.unknown.clear()
        for _ in storage.read(mark, UnfinishedRows({}, {})):
            pass
        assert not storage.unknown

    masked = [name for name in named if "holo_gram" in name]
    assert 1 == len(masked)
    assert "a1B2" not in masked[0]
    del named[masked[0]]
    assert {
        "session_message type hologram": 1,
        "tool state dreaming": 1,
        "tool state inner": 1,
        "content type smell": 1,
        "shell status asleep": 1,
        "compaction status asleep": 1,
        "idle outcome bored": 1,
    } == named


def test_names_of_tools_are_those_recorded(project: Path, history: History) -> None:
    """`subagent` and `patch` keep their names; a child session is found by them."""
    session = history.session()
    child = history.session(parent=session)
    patch = "*** Begin Patch\n*** Update File: a.py\n*** End Patch"
    history.step(
        session,
        call("subagent", "a", at=history.at, metadata={"sessionID": child, "status": "completed"}),
        call("patch", "b", at=history.at, given={"patchText": patch}),
    )

    merge_project(project, history.close())

    assert [("a", "subagent", child, 0), ("b", "patch", None, 1)] == rows(
        project,
        "SELECT call_id, tool, child_id, file_digest IS NOT NULL FROM calls ORDER BY call_id",
    )


def test_a_row_is_read_by_its_columns(project: Path, history: History) -> None:
    """Whatever their order is, and whatever columns there are besides."""
    session = history.session()
    history.step(session, shell("a", at=history.at, exit=0))
    history.db.executescript(
        "CREATE TABLE other (extra, data, time_updated, seq, time_created, type, session_id, id);"
        "INSERT INTO other SELECT 1, data, time_updated, seq, time_created, type, session_id, id "
        "FROM session_message; DROP TABLE session_message; "
        "ALTER TABLE other RENAME TO session_message"
    )

    merge_project(project, history.close())

    assert [("a", "shell", "succeeded", None, 0, 100)] == rows(project, OUTCOMES)
