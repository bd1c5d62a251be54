"""Which call an event belongs to."""

from __future__ import annotations

from pathlib import Path

from tachikoma_telemetry import telemetry

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows


def _database(project: Path, tmp_path: Path) -> Rows:
    return Rows(tmp_path / "opencode.db", project)


def _event(at: int, *, opencode: str | None = None, **envelope: str | None) -> str:
    return telemetry.record("retry", {"attempt": 1}, envelope=envelope, time=at)


def test_an_event_joins_the_call_that_it_names(project: Path, tmp_path: Path) -> None:
    """Session and call id together name a call, blanks around the call id aside."""
    database = _database(project, tmp_path)
    session = database.session()
    call = database.call(session, "bash", "  functions.bash:2", at=START + 100)
    event = _event(START + 150, session_id=session, call_id="functions.bash:2")

    summary = merge_project(project, database.close())

    assert 1 == summary.matches["exact"]
    assert [(event, call)] == rows(project, "SELECT event_id, call_key FROM events")


def test_the_same_call_id_in_two_sessions_is_two_calls(project: Path, tmp_path: Path) -> None:
    """Providers number the calls of each conversation anew: the session tells them apart."""
    database = _database(project, tmp_path)
    calls = {}
    for name in ("ses_a", "ses_b"):
        database.session(name)
        calls[name] = database.call(name, "bash", "functions.bash:2", at=START + 100)
        _event(START + 150, session_id=name, call_id="functions.bash:2")

    merge_project(project, database.close())

    assert calls == dict(rows(project, "SELECT session_id, call_key FROM events"))


def test_time_keeps_two_calls_of_one_id_apart(project: Path, tmp_path: Path) -> None:
    """Time tells two calls of one name apart; between them the event is ambiguous, not guessed."""
    database = _database(project, tmp_path)
    session = database.session()
    database.call(session, "bash", "call_1", at=START + 100, ms=100)
    second = database.call(session, "bash", "call_1", at=START + 1000, ms=100)
    inside = _event(START + 1050, session_id=session, call_id="call_1")
    between = _event(START + 500, session_id=session, call_id="call_1")

    merge_project(project, database.close())

    found = rows(project, "SELECT event_id, match, call_key FROM events")
    assert {(inside, "exact", second), (between, "ambiguous", None)} == set(found)


def test_an_event_of_a_call_that_comes_later(project: Path, tmp_path: Path) -> None:
    """An event may be read before its call is: an orphan now, joined at the next merge."""
    database = _database(project, tmp_path)
    session = database.session()
    database.db.commit()
    _event(START + 150, session_id=session, call_id="call_1")

    before = merge_project(project, database.path)
    call = database.call(session, "bash", "call_1", at=START + 100)
    after = merge_project(project, database.close())

    assert (1, 0) == (before.matches["orphan"], before.matches["exact"])
    assert (0, 1) == (after.matches["orphan"], after.matches["exact"])
    assert [call] == rows(project, "SELECT call_key FROM events")


def test_without_ids_the_only_running_call_is_the_one(
    project: Path, tmp_path: Path, monkeypatch: object
) -> None:
    """Without ids, but inside OpenCode, the one bash call running in the project is the one."""
    database = _database(project, tmp_path)
    session = database.session()
    call = database.call(session, "bash", "call_1", at=START + 100, ms=500)
    database.call(session, "bash", "call_2", at=START + 5000, ms=500)
    elsewhere = database.session(directory=str(tmp_path / "other"))
    database.call(elsewhere, "bash", "call_3", at=START + 100, ms=500)
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    inside = _event(START + 300)
    outside = _event(START + 2000)

    merge_project(project, database.close(), all_projects=True)

    found = rows(project, "SELECT event_id, match, call_key FROM events")
    assert {(inside, "inferred", call), (outside, "none", None)} == set(found)


def test_without_ids_two_running_calls_are_ambiguous(
    project: Path, tmp_path: Path, monkeypatch: object
) -> None:
    """Two bash calls at once: the event is ambiguous, also when it knows the session."""
    database = _database(project, tmp_path)
    session = database.session()
    database.call(session, "bash", "call_1", at=START + 100, ms=500)
    database.call(session, "bash", "call_2", at=START + 200, ms=500)
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    _event(START + 300)
    _event(START + 300, session_id=session)

    summary = merge_project(project, database.close())

    assert 2 == summary.matches["ambiguous"]
    assert [None, None] == rows(project, "SELECT call_key FROM events")


def test_two_calls_running_and_one_is_of_the_skill(project: Path, tmp_path: Path) -> None:
    """Of calls at once, the one that runs a file of the event's skill is the event's."""
    database = _database(project, tmp_path)
    session = database.session()
    calls = {
        skill: database.call(
            session,
            "bash",
            f"call_{skill}",
            at=START + 100,
            ms=500,
            given={"command": f"python .opencode/skills/{skill}/run.py"},
        )
        for skill in ("code-agent", "verifier")
    }
    for skill in (*calls, "another"):
        _event(START + 300, session_id=session, skill=skill)

    merge_project(project, database.close())

    found = rows(project, "SELECT skill, match, call_key FROM events ORDER BY skill")
    assert [
        ("another", "ambiguous", None),
        *((skill, "inferred", call) for skill, call in calls.items()),
    ] == found


def test_an_inferred_event_is_taken_back(
    project: Path, tmp_path: Path, monkeypatch: object
) -> None:
    """An inference is computed again when a second call turns out to have run at that moment."""
    database = _database(project, tmp_path)
    session = database.session()
    database.call(session, "bash", "call_1", at=START + 100, ms=500)
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    _event(START + 300)

    before = merge_project(project, database.path)
    database.call(session, "bash", "call_2", at=START + 200, ms=500)
    after = merge_project(project, database.close())

    assert 1 == before.matches["inferred"]
    assert 1 == after.matches["ambiguous"]


def test_an_event_from_outside_belongs_to_no_call(project: Path, tmp_path: Path) -> None:
    """An event recorded outside OpenCode belongs to no call, whatever ran at the time."""
    database = _database(project, tmp_path)
    database.call(database.session(), "bash", "call_1", at=START + 100, ms=500)
    _event(START + 300)

    assert 1 == merge_project(project, database.close()).matches["none"]


def test_an_abandoned_call_takes_no_events(
    project: Path, tmp_path: Path, monkeypatch: object
) -> None:
    """A call that a killed OpenCode left running is not "the one running" hours later."""
    database = _database(project, tmp_path)
    session = database.session()
    database.call(session, "bash", "call_1", at=START + 100, ms=None, status="running")
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    soon, late = _event(START + 300), _event(START + 7 * 3600 * 1000)

    merge_project(project, database.close())

    found = dict(rows(project, "SELECT event_id, match FROM events"))
    assert {soon: "inferred", late: "none"} == found


def test_a_call_whose_session_went_on_takes_no_events(
    project: Path, tmp_path: Path, monkeypatch: object
) -> None:
    """A killed call is dead as soon as a later message of the model is in its session."""
    database = _database(project, tmp_path)
    session = database.session()
    database.call(session, "bash", "call_1", at=START + 100, ms=None, status="running")
    database.message(session, at=START + 250)
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    _event(START + 300)

    assert 1 == merge_project(project, database.close()).matches["none"]


def test_the_users_next_message_waits(project: Path, tmp_path: Path, monkeypatch: object) -> None:
    """A call goes on while a message of the user waits, and its events are its own; when it ends,
    nothing changes for them.
    """
    database = _database(project, tmp_path)
    session = database.session()
    call = database.call(session, "bash", "call_1", at=START + 100, ms=None, status="running")
    database.user(session, at=START + 250)
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    event = _event(START + 300)
    merge_project(project, database.path)
    found = rows(project, "SELECT event_id, match, call_key FROM events")

    database.db.execute(
        "UPDATE part SET data = json_set(data, '$.state.status', 'completed', "
        "'$.state.time.end', ?) WHERE id = ?",
        (START + 400, call),
    )
    database.message(session, at=START + 500)
    merge_project(project, database.close())

    assert [(event, "inferred", call)] == found
    assert found == rows(project, "SELECT event_id, match, call_key FROM events")


def test_a_killed_call_whose_session_is_continued(
    project: Path, tmp_path: Path, monkeypatch: object
) -> None:
    """What a call recorded before it was killed stays its own when the session goes on later; what
    comes after the model's next message is not its.
    """
    database = _database(project, tmp_path)
    session = database.session()
    call = database.call(session, "bash", "call_1", at=START + 100, ms=None, status="running")
    monkeypatch.setenv("OPENCODE", "1")  # type: ignore[attr-defined]
    before = _event(START + 300)
    merge_project(project, database.path)
    later = START + 20 * 3600 * 1000
    stray = _event(START + 8 * 3600 * 1000)
    database.user(session, at=later)
    database.message(session, at=later + 100)
    database.db.execute("UPDATE session SET time_updated = ?", (later + 100,))
    after = _event(later + 200)

    merge_project(project, database.close())

    found = rows(project, "SELECT event_id, match, call_key FROM events")
    expected = {(before, "inferred", call), (stray, "none", None), (after, "none", None)}
    assert expected == set(found)


def test_the_session_is_known_and_not_the_call(project: Path, tmp_path: Path) -> None:
    """What runs in other sessions at that moment does not matter."""
    database = _database(project, tmp_path)
    calls = {}
    for name in ("ses_a", "ses_b"):
        database.session(name)
        calls[name] = database.call(name, "bash", "call_1", at=START + 100, ms=500)
    database.session("ses_c")
    for name in ("ses_a", "ses_c"):
        _event(START + 300, session_id=name)

    merge_project(project, database.close())

    assert {("ses_a", "inferred", calls["ses_a"]), ("ses_c", "none", None)} == set(
        rows(project, "SELECT session_id, match, call_key FROM events")
    )


def test_a_copied_call_records_nothing(project: Path, tmp_path: Path) -> None:
    """Its process ran in the session that was forked: an event that names it in the fork waits."""
    database = _database(project, tmp_path)
    fork = database.session(at=START + 10_000)
    database.call(fork, "bash", "call_1", at=START + 100)
    _event(START + 150, session_id=fork, call_id="call_1")

    assert 1 == merge_project(project, database.close()).matches["orphan"]


def test_a_fork_goes_on_with_a_known_call_id(project: Path, tmp_path: Path) -> None:
    """In a fork a new call may have the call id of a copied one; the event is the new one's."""
    database = _database(project, tmp_path)
    fork = database.session(at=START + 10_000)
    database.call(fork, "bash", "call_1", at=START + 100)
    new = database.call(fork, "bash", "call_1", at=START + 20_000)
    _event(START + 20_050, session_id=fork, call_id="call_1")

    merge_project(project, database.close())

    assert [("exact", new)] == rows(project, "SELECT match, call_key FROM events")
