"""The filters: what each chooses, and that they combine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports

from ..reports_store import DAY, HOUR, NOW, ReportsStore


def build(store: ReportsStore, section: str | None = None, **filters: Any) -> reports.Report:
    return reports.build(store.connection, section, reports.Filters(**filters), now_ms=NOW)


@pytest.fixture
def store(tmp_path: Path) -> ReportsStore:
    """Two sessions on two days in two folders, each with one row of everything; one subagent."""
    store = ReportsStore()
    for place, (session, skill, model) in enumerate(
        (("s1", "code-agent", "zai/glm-4.7"), ("s2", "rlm", "openai/gpt-5"))
    ):
        at = NOW - (2 - place) * DAY
        folder = tmp_path / session / "src"
        folder.mkdir(parents=True)
        store.session(session, directory=str(folder), created=at)
        message = store.message(
            session, created=at + 1, model=model, tokens_output=1, active_skill=skill
        )
        key = store.call(
            session_id=session, message_id=message, started=at + 2, model=model, active_skill=skill
        )
        store.load(skill, session_id=session, started=at + 2, model=model)
        run = store.run(skill, session_id=session, started=at + 3, model=model)
        common: dict[str, Any] = {
            "session_id": session,
            "skill": skill,
            "model": model,
            "time": at + 4,
        }
        store.event(call_key=key, session=session, **common)
        store.iteration(run_id=run, **common)
        store.chunk(run_id=run, **common)
        store.intent(**common)
        store.edit(("hashline", 1), **common)
    store.session("child", parent_id="s1", directory=str(tmp_path / "s1"), created=NOW - HOUR)
    store.message("child", created=NOW - HOUR, model="zai/glm-4.7")
    return store


def counts(report: reports.Report) -> dict[str, int]:
    """How much of everything a report holds."""
    parts = report.parts
    return {
        "sessions": len(parts["sessions"]),
        "calls": sum(row.calls for row in parts["tools"]),
        "messages": sum(row.messages for row in parts["models"]),
        "skills": len(parts["skills"]),
        "iterations": sum(row.iterations for row in parts["iterations"]),
        "attempts": sum(row.attempts for row in parts["edits"]),
        "chunks": sum(row.chunks for row in parts["rlm"]),
        "intents": sum(row.classified for row in parts["intents"]),
        "events": report.coverage.events,
    }


_ONE = dict.fromkeys(
    ("sessions", "calls", "messages", "skills", "iterations", "attempts", "chunks", "intents"), 1
) | {"events": 1}
_WITH_CHILD = _ONE | {"sessions": 2, "messages": 2}


def test_without_filters_everything_counts(store: ReportsStore) -> None:
    """All that the store holds."""
    everything = dict.fromkeys(_ONE, 2) | {"sessions": 3, "messages": 3}

    assert everything == counts(build(store))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"until": NOW - DAY}, _ONE),
        ({"since": NOW - DAY, "until": NOW - DAY + 5}, _ONE),
        ({"since": NOW - DAY}, _WITH_CHILD),
        ({"since": NOW}, dict.fromkeys(_ONE, 0)),
        ({"skill": "code-agent"}, _ONE),
        ({"skill": "no-such"}, dict.fromkeys(_ONE, 0)),
        ({"model": "gpt-5"}, _ONE),
        ({"model": "other/gpt-5"}, _ONE),
        ({"model": "glm-4.7"}, _WITH_CHILD),
        ({"session": "s2"}, _ONE),
        ({"session": "s1"}, _WITH_CHILD),
        ({"session": "s1", "until": NOW - DAY}, _ONE),
        ({"session": "s1", "model": "gpt-5"}, dict.fromkeys(_ONE, 0)),
        ({"skill": "rlm", "session": "s2", "since": NOW - DAY}, _ONE),
    ],
)
def test_a_filter_applies_to_every_section(
    store: ReportsStore, filters: dict[str, Any], expected: dict[str, int]
) -> None:
    """Rows that do not fit count in no section, and filters combine."""
    assert expected == counts(build(store, **filters))


def test_since_is_inside_the_period_and_until_outside(store: ReportsStore) -> None:
    """A row that starts at `until` belongs to the next period."""
    assert 1 == len(build(store, "sessions", since=NOW - HOUR).parts["sessions"])
    assert 0 == len(build(store, "sessions", since=NOW - HOUR + 1).parts["sessions"])
    assert 2 == len(build(store, "sessions", until=NOW - HOUR).parts["sessions"])


def test_a_session_that_goes_on_after_the_period() -> None:
    """Its row is chosen by its start, and holds what it used in the period, as all sections do."""
    store = ReportsStore()
    for session, began in (("early", NOW - 3 * DAY), ("inside", NOW - DAY), ("late", NOW)):
        store.session(session, created=began)
        for day in range(4):
            at = began + day * DAY
            store.message(session, created=at, completed=at + 5, tokens_output=10, cost=0.5)
            store.call(session_id=session, started=at, ended=at + 9, duration_ms=9)
    report = build(store, since=NOW - 2 * DAY, until=NOW)

    (row,) = report.parts["sessions"]
    assert ("inside", 1, 10, 0.5, NOW - DAY + 9) == (
        row.session_id,
        row.calls,
        row.tokens_output,
        row.cost,
        row.ended,
    )
    # What the early one used in the period is in the sections of calls and messages.
    assert (3, 3) == (
        sum(row.calls for row in report.parts["tools"]),
        sum(row.messages for row in report.parts["models"]),
    )


def test_a_chunk_belongs_to_the_period_of_its_start() -> None:
    """Its event is written at its end."""
    store = ReportsStore()
    store.chunk(time=NOW + 50, duration_ms=100.0)

    assert 0 == len(build(store, "rlm", since=NOW).parts["rlm"])
    assert 1 == len(build(store, "rlm", until=NOW).parts["rlm"])


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    """A clear error, not an empty report."""
    with pytest.raises(ValueError, match="ends before it begins"):
        reports.Filters(since=NOW, until=NOW)


def test_last_is_the_session_with_the_latest_activity(store: ReportsStore) -> None:
    """A subagent's activity is its parent's, and the report names the session that it was."""
    report = build(store, session="last")

    assert "s1" == report.filters.session
    assert _WITH_CHILD == counts(report)
    store.message("s2", created=NOW, role="user")
    assert "s2" == build(store, session="last").filters.session


def test_last_is_looked_for_in_the_folder(store: ReportsStore, tmp_path: Path) -> None:
    """The latest session of that folder, not of all."""
    report = build(store, session="last", directory=str(tmp_path / "s2"))

    assert "s2" == report.filters.session


def test_last_of_nothing_is_nothing() -> None:
    """An empty store has no last session; that is no error."""
    assert build(ReportsStore(), session="last").empty


def test_an_unknown_session_is_an_error(store: ReportsStore) -> None:
    """One sentence that says where to look; in an empty store there is just nothing."""
    with pytest.raises(reports.UnknownSessionError, match="no session 'nope'"):
        build(store, session="nope")
    assert build(ReportsStore(), session="nope").empty


def test_the_beginning_of_an_id_is_enough() -> None:
    """Where only one session begins so; an id that another begins with is itself."""
    store = ReportsStore()
    for name in ("ses_5f2a", "ses_5f2a11", "ses_77"):
        store.session(name)

    assert "ses_77" == build(store, session="ses_7").filters.session
    assert "ses_5f2a" == build(store, session="ses_5f2a").filters.session
    with pytest.raises(
        reports.UnknownSessionError, match="2 sessions begin with 'ses_5': ses_5f2a"
    ):
        build(store, session="ses_5")


def test_a_folder_holds_the_sessions_below_it(store: ReportsStore, tmp_path: Path) -> None:
    """That folder or below, links resolved; a folder whose name only begins alike is another."""
    (tmp_path / "link").symlink_to(tmp_path / "s1")

    assert _WITH_CHILD == counts(build(store, directory=str(tmp_path / "s1")))
    assert _ONE == counts(build(store, directory=str(tmp_path / "link" / "src")))
    assert str(tmp_path / "s1") == build(store, directory=str(tmp_path / "link")).filters.directory
    assert 3 == counts(build(store, directory=str(tmp_path)))["sessions"]
    assert dict.fromkeys(_ONE, 0) == counts(build(store, directory=str(tmp_path / "s")))


def test_events_without_a_session_belong_to_their_project(tmp_path: Path) -> None:
    """What was recorded outside of OpenCode counts for the folder of its journal."""
    store = ReportsStore()
    for name in ("mine", "theirs"):
        run = store.run(name, session_id=None)
        event = store.event(match="none", project=str(tmp_path / name), run_id=run)
        store.iteration(event_id=event, session_id=None, run_id=run, skill=name)
        attempt = store.event("edit_format", match="none", project=str(tmp_path / name))
        store.edit(("a", 1), attempt_id=f"event:{attempt}", session_id=None, model=name)

    report = build(store, directory=str(tmp_path / "mine"))

    assert ["mine"] == [row.skill for row in report.parts["skills"]]
    assert ["mine"] == [row.skill for row in report.parts["iterations"]]
    assert ["mine"] == [row.model for row in report.parts["edits"]]
    assert 2 == report.coverage.events


@pytest.mark.parametrize("named", ["known", "gone", None])
def test_events_without_a_call_are_somewhere(tmp_path: Path, named: str | None) -> None:
    """Whether they name a session that is in the store, one that is not, or none: they count once,
    in sections and in coverage, where their session or else their project is.
    """
    store = ReportsStore()
    store.session("known", directory=str(tmp_path / "mine"))
    store.session("other", directory=str(tmp_path / "theirs"))
    run = store.run(session_id=None)
    common: dict[str, Any] = {
        "match": "orphan",
        "session_id": named,
        "call_id": "gone",
        "run_id": run,
    }
    project = str(tmp_path / "mine")
    store.event(project=project, event_id="e1", **common)
    store.iteration(event_id="e1", session_id=None, match="orphan", run_id=run)
    store.event("rlm_chunk", project=project, event_id="e2", **common)
    store.chunk(event_id="e2", session_id=None, match="orphan", run_id=run)
    store.event("edit_format", project=project, event_id="e3", **common)
    store.edit(("a", 1), attempt_id="event:e3", session_id=None)

    for folder, there in (("mine", 1), ("theirs", 0), ("", 1)):
        report = build(store, directory=str(tmp_path / folder))
        assert (3 * there, 3 * there) == (report.coverage.events, report.coverage.orphan)
        assert [1] * there == [row.runs for row in report.parts["skills"]]
        # Beside its stage's row a skill has one of its own.
        assert there == sum(row.iterations for row in report.parts["iterations"] if row.stage)
        assert [1] * there == [row.chunks for row in report.parts["rlm"]]
        assert [1] * there == [row.attempts for row in report.parts["edits"]]
        if named is not None:
            both = build(store, directory=str(tmp_path / folder), session=named)
            assert 3 * there == both.coverage.orphan


def test_orphans_that_name_a_session_are_in_its_coverage_only(store: ReportsStore) -> None:
    """Coverage must say why an event did not join; no other number of the session holds it."""
    store.event(match="orphan", session_id="s2", call_id="gone")
    store.iteration(session_id=None, match="orphan", skill="rlm")

    report = build(store, session="s2")

    assert 1 == report.coverage.orphan
    assert 1 == counts(report)["iterations"]


def test_source_chooses_where_attempts_come_from() -> None:
    """Events, calls, or all; everything else stays."""
    store = ReportsStore()
    store.edit(("a", 1))
    store.edit(("a", 0), ("a", 1), source="call")
    store.call()

    for source, attempts in (("event", 1), ("call", 2), ("all", 3)):
        report = build(store, source=source)
        assert attempts == report.parts["edits"][0].attempts
        assert 1 == report.coverage.calls


def test_a_message_belongs_to_the_window_it_is_in() -> None:
    """By the skill that the merge found to be active when it was made, a subagent's as well."""
    store = ReportsStore()
    store.message(cost=1.0, active_skill="mine")
    store.message(cost=4.0)
    store.message(cost=8.0, active_skill="other")
    store.message("child", cost=16.0, active_skill="mine")

    (row,) = build(store, "models", skill="mine").parts["models"]

    assert 1.0 + 16.0 == row.cost


def test_nothing_of_a_report_stays_in_the_connection(store: ReportsStore) -> None:
    """Views, tables and the transaction are gone; the next report is not filtered."""
    build(store, skill="rlm", session="last", directory="/")

    left = store.connection.execute("SELECT name FROM temp.sqlite_master").fetchall()
    assert ([], False) == (left, store.connection.in_transaction)
    assert 3 == counts(build(store))["sessions"]


def test_a_folder_that_no_system_could_have(store: ReportsStore, tmp_path: Path) -> None:
    """A session may name anything as its folder; what is no folder lies in none."""
    store.session("strange", directory=f"{tmp_path}/a\0b")
    store.event(project=f"{tmp_path}/a\0b")

    assert 3 == counts(build(store, directory=str(tmp_path)))["sessions"]


def test_a_run_in_two_projects_is_in_the_folder_of_its_first_event(tmp_path: Path) -> None:
    """It counts once: the folders' numbers add up to the whole."""
    store = ReportsStore()
    run = store.run(session_id=None)
    for later, name in enumerate(("one", "two")):
        (tmp_path / name).mkdir()
        project, time = str(tmp_path / name), NOW - DAY + later
        store.event("retry", match="none", project=project, run_id=run, time=time)

    def runs(name: str) -> int:
        filters = reports.Filters(directory=str(tmp_path / name))
        report = reports.build(store.connection, "skills", filters, now_ms=NOW)
        return sum(row.runs for row in report.parts["skills"])

    assert (1, 0) == (runs("one"), runs("two"))
