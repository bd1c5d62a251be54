"""What a merge matches and derives again: what can have changed, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.merge.facts import match
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import journal_path, store_path

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the events that are matched, as they are."""
    seen: list[str] = []
    of_matcher = match.Matcher.match

    def noted(self: match.Matcher, event: match.EventLocation) -> match.Match:
        seen.append(event.event_id)
        return of_matcher(self, event)

    monkeypatch.setattr(match.Matcher, "match", noted)
    return seen


def _event(at: int, **envelope: str) -> str:
    found = telemetry.record("retry", {}, envelope=envelope, time=at)
    assert isinstance(found, str)
    return found


def test_orphans_wait_for_a_call_of_their_name(
    project: Path, tmp_path: Path, matched: list[str]
) -> None:
    """Events whose call is not here are matched again when a call of that name comes, and not
    before: not with every merge, nor for other calls of their session.
    """
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a", at=START - 1000)
    first = _event(START + 50, session_id="ses_a", call_id="gone_1")
    second = _event(START + 50, call_id="gone_2")
    for number in range(20):
        _event(START + 50, session_id="ses_a", call_id=f"never_{number}")
    merge_project(project, database.path)
    assert 22 == len(matched)
    matched.clear()

    merge_project(project, database.path)
    database.call("ses_a", "bash", "another", at=START)
    merge_project(project, database.path)
    assert [] == matched

    database.call("ses_a", "bash", "gone_1", at=START)
    database.call("ses_a", "bash", "gone_2", at=START)
    summary = merge_project(project, database.path)

    assert [first, second] == matched
    assert (1, 1, 20) == tuple(summary.matches[each] for each in ("exact", "inferred", "orphan"))
    database.close()


def test_events_without_a_name_wait_for_a_command_of_their_time(
    project: Path, tmp_path: Path, matched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was recorded inside OpenCode is matched again for bash calls that ran then."""
    monkeypatch.setenv("OPENCODE", "1")
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a", at=START - 1000)
    early, late = _event(START + 50), _event(START + 5050)
    merge_project(project, database.path)
    matched.clear()

    database.call("ses_a", "bash", "call_1", at=START + 5000)
    database.call("ses_a", "read", "call_2", at=START)
    merge_project(project, database.path)
    assert [late] == matched
    database.call("ses_a", "bash", "call_3", at=START)
    merge_project(project, database.path)

    assert [late, early] == matched
    assert ["inferred", "inferred"] == rows(project, "SELECT match FROM events")
    database.close()


def test_a_command_that_ends_lets_go_of_what_came_after(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commands seem to run, so an event fits both; when one has ended before it, the other."""
    monkeypatch.setenv("OPENCODE", "1")
    database = Rows(tmp_path / "opencode.db", project)
    for session in ("ses_a", "ses_b"):
        database.session(session, at=START - 1000)
    ended = database.call("ses_a", "bash", "call_1", at=START + 1, ms=None, status="running")
    database.call("ses_b", "bash", "call_2", at=START + 2, ms=None, status="running")
    _event(START + 50)
    assert 1 == merge_project(project, database.path).matches["ambiguous"]

    database.db.execute(
        "UPDATE part SET time_updated = ?, data = json_set(data, '$.state.status', 'completed', "
        "'$.state.time.end', ?) WHERE id = ?",
        (START + 40, START + 40, ended),
    )

    assert 1 == merge_project(project, database.path).matches["inferred"]
    assert ["ses_b"] == rows(project, "SELECT session FROM events")
    database.close()


def test_a_session_that_moves_takes_its_commands_along(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event of a project fits a command only as long as that one's folder is in the project."""
    monkeypatch.setenv("OPENCODE", "1")
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a", at=START - 1000, directory="/srv/elsewhere")
    database.call("ses_a", "bash", "call_1", at=START)
    _event(START + 50)
    found = []
    for folder in ("/srv/elsewhere", str(project), "/srv/elsewhere"):
        database.db.execute(
            "UPDATE session SET directory = ?, time_updated = time_updated + 1", (folder,)
        )
        summary = merge_project(project, database.path, all_projects=True)
        found.append(summary.matches["inferred"])

    assert [0, 1, 0] == found
    database.close()


def test_commands_longer_than_ten_minutes_are_found_once(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are found, however long they ran, and once."""
    monkeypatch.setenv("OPENCODE", "1")
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a", at=START - 1000)
    hour = 3_600_000
    database.call("ses_a", "bash", "call_1", at=START, ms=9 * hour)
    database.call("ses_a", "bash", "call_2", at=START + 20 * hour, ms=600_000)
    for at in (1, 600_000, 600_001, 8 * hour, 9 * hour + 1, 20 * hour, 20 * hour + 600_000):
        _event(START + at)

    merge_project(project, database.path)

    expected = [*["call_1"] * 4, None, "call_2", "call_2"]
    assert expected == rows(
        project, "SELECT c.call_id FROM events e LEFT JOIN calls c USING (call_key) ORDER BY e.time"
    )
    database.close()


def test_what_is_new_is_counted(project: Path, tmp_path: Path) -> None:
    """Events that this merge brought, not those that it matched again."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a", at=START - 1000)
    _event(START + 50, session_id="ses_a", call_id="call_1")
    assert 1 == merge_project(project, database.path).new_events
    database.call("ses_a", "bash", "call_1", at=START)

    assert 0 == merge_project(project, database.path).new_events
    database.close()


def test_the_bar_moves_while_joining(project: Path, tmp_path: Path) -> None:
    """From its beginning to its end, and never back."""
    database = Rows(tmp_path / "opencode.db", project)
    for number in range(30):
        database.session(f"ses_{number}", at=START - 1000)
        database.call(f"ses_{number}", "bash", "call_1", at=START)
        _event(START + 50, session_id=f"ses_{number}", call_id="call_1")
    seen: list[tuple[int, int | None]] = []

    def progress(phase: str, done: int, total: int | None) -> None:
        if phase == "joining" and total is not None:
            seen.append((done, total))

    request = MergeRequest(
        store=store_path(project),
        root=project,
        journals=[journal_path(project)],
        databases=[database.close()],
    )
    merge(request, progress)

    assert seen == sorted(seen)
    assert len({done for done, _ in seen}) > 50
    assert seen[-1][0] == seen[-1][1]
    assert contents(project)
