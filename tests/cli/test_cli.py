"""The commands as a user runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.main import get_command

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.cli.time_words import parse_time
from tachikoma_telemetry.project import journal_path, store_path
from tachikoma_telemetry.reports import SECTIONS
from tachikoma_telemetry.schemas import SCHEMAS

from ..command_line import run
from ..opencode_rows import START, Rows
from ..validators import validator


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Path:
    """A session in which a skill was loaded and recorded a run."""
    rows = Rows(tmp_path / "opencode.db", project)
    session = rows.session(title="Fix the parser")
    rows.call(session, "skill", "call_1", at=START + 100, given={"name": "code-agent"})
    rows.call(session, "bash", "call_2", at=START + 500, metadata={"exit": 3})
    envelope = {"session_id": session, "call_id": "call_2", "skill": "code-agent"}
    telemetry.record(
        "iteration",
        {"stage": "verify", "index": 1, "passed": False},
        envelope=envelope,
        time=START + 550,
    )
    return rows.close()


@pytest.mark.slow
def test_merge_says_what_it_found(project: Path, database: Path) -> None:
    """The summary says how many sessions and calls there are, and how many events joined."""
    result = run("merge", "--db", database)

    assert 0 == result.returncode
    assert "1 session, 2 calls" in result.stderr
    assert "1 of 1 event joined" in result.stderr
    assert store_path(project).exists()


@pytest.mark.slow
def test_quiet_leaves_nothing_on_stderr(project: Path, database: Path) -> None:
    """--quiet leaves nothing on stderr when all is well."""
    result = run("merge", "--quiet", "--db", database)

    assert (0, "", "") == (result.returncode, result.stdout, result.stderr)


@pytest.mark.slow
def test_a_database_is_found_where_opencode_puts_it(
    project: Path, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --db the database is found where OpenCode puts it, other channels' as well."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data" / "opencode").mkdir(parents=True)
    database.rename(tmp_path / "data" / "opencode" / "opencode-beta.db")

    assert "2 calls" in run("merge").stderr


@pytest.mark.slow
@pytest.mark.parametrize("section", [None, *SECTIONS])
def test_json_reports_are_valid(project: Path, database: Path, section: str | None) -> None:
    """Every section's JSON is valid against the schema, and nothing else is on stdout."""
    arguments = ["report", *([section] if section else []), "--format", "json"]
    result = run(*arguments, "--db", database)

    assert 0 == result.returncode, result.stderr
    report = orjson.loads(result.stdout)
    validator("report").validate(report)
    assert 1 == report["coverage"]["exact"]


@pytest.mark.slow
@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_every_section_can_be_written_in_every_form(
    project: Path, database: Path, tmp_path: Path, section: str, form: str
) -> None:
    """Each section can be written in each form, to a file as well."""
    result = run("report", section, "--format", form, "-o", tmp_path / "out", "--db", database)

    assert 0 == result.returncode, result.stderr
    assert (tmp_path / "out").read_text().strip()


@pytest.mark.slow
def test_a_report_is_of_the_present(project: Path, database: Path) -> None:
    """A report merges first; with --no-merge it shows what the store holds."""
    run("merge", "--db", database)
    telemetry.retry("timeout", attempt=1)

    old = orjson.loads(run("report", "--no-merge", "--format", "json").stdout)
    new = orjson.loads(run("report", "--format", "json", "--db", database).stdout)

    assert (1, 2) == (old["coverage"]["events"], new["coverage"]["events"])


@pytest.mark.slow
def test_history_outlives_the_database(project: Path, database: Path) -> None:
    """People delete OpenCode's database to get their disk back; the store still knows."""
    run("merge", "--db", database)
    database.unlink()

    result = run("report", "skills", "--format", "json")

    assert 0 == result.returncode
    assert "what was merged before is kept" in result.stderr
    assert "what was merged before is kept" in run("report", "skills").stderr
    assert "code-agent" == orjson.loads(result.stdout)["skills"][0]["skill"]


@pytest.mark.slow
def test_that_there_never_was_a_database_is_told_once(project: Path) -> None:
    """Who records without OpenCode knows it after the first report."""
    telemetry.retry("timeout", attempt=1)

    first, second = run("report"), run("report")

    assert (0, 0) == (first.returncode, second.returncode)
    assert "no OpenCode database in " in first.stderr
    assert "only recorded events are reported" in first.stderr
    assert "" == second.stderr


@pytest.mark.slow
def test_a_journal_without_a_database_is_merged(project: Path) -> None:
    """Where OpenCode has no database yet, what was recorded is merged, as the doctor advises."""
    assert "nothing to merge yet" in run("doctor").stdout
    telemetry.retry("timeout", attempt=1)
    assert "run `tachikoma-telemetry merge`" in run("doctor").stdout

    merged, reported = run("merge"), run("report", "--format", "json")

    assert (0, 0) == (merged.returncode, reported.returncode)
    assert "no OpenCode database" in merged.stderr
    assert "0 of 1 event joined to a call" in merged.stderr
    assert 1 == orjson.loads(reported.stdout)["coverage"]["events"]
    assert "joined     0 of 1 event" in run("doctor").stdout


@pytest.mark.slow
def test_a_database_named_by_hand_has_to_exist(project: Path) -> None:
    """Recorded events do not replace a database that the user named."""
    telemetry.retry("timeout", attempt=1)
    for command in ("merge", "report"):
        assert 1 == run(command, "--db", "nowhere.db").returncode


@pytest.mark.slow
def test_an_empty_history_says_what_to_do(project: Path, tmp_path: Path) -> None:
    """Where nothing happened yet, the report says so and what to do."""
    Rows(tmp_path / "opencode.db", project).close()

    result = run("report", "--db", tmp_path / "opencode.db")

    assert 0 == result.returncode, result.stderr
    assert "nothing" in result.stdout.lower()
    assert "tachikoma-telemetry init" in result.stdout


@pytest.mark.slow
def test_sessions_of_other_folders_are_left_out_unless_all_are_wanted(
    project: Path, tmp_path: Path
) -> None:
    """A merge takes the sessions of its project; --all-projects takes every one."""
    rows = Rows(tmp_path / "opencode.db", project)
    for directory in (project, project / "sub", tmp_path / "elsewhere"):
        rows.call(rows.session(directory=str(directory)), "read", "c", at=START + 100)
    database = rows.close()

    assert "2 sessions" in run("merge", "--db", database).stderr
    assert "3 sessions" in run("merge", "--db", database, "--all-projects").stderr


@pytest.mark.slow
def test_without_a_session_of_this_project_that_is_said(project: Path, tmp_path: Path) -> None:
    """Where all sessions are of other folders, that is said, and what takes them."""
    other, mixed = (Rows(tmp_path / f"{name}.db", tmp_path / "other") for name in "ab")
    for number in range(3):
        other.session(f"ses_{number}")
    mixed.session("ses_2")
    sentence = "3 sessions belong to other folders: --all-projects takes them too"

    # The second database holds one of the three as well.
    databases = ("--db", other.close(), "--db", mixed.path)
    first, second, report = (run(*each, *databases) for each in (["merge"], ["merge"], ["report"]))
    single = run("merge", "--db", mixed.path)
    mixed.session("ses_3", directory=str(project))
    mixed.close()

    for result in (first, second, report):
        assert (0, 1) == (result.returncode, result.stderr.count(sentence))
    assert "1 session belongs to another folder: --all-projects takes it too" in single.stderr
    assert "--all-projects" not in run("merge", *databases).stderr
    assert "4 sessions" in (every := run("merge", *databases, "--all-projects").stderr)
    assert "takes them" not in every


@pytest.mark.slow
def test_a_subfolder_is_the_same_project(
    project: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from a subfolder, the command finds the same journal and store."""
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    run("merge", "--db", database)

    assert store_path(project).exists()


@pytest.mark.slow
def test_doctor_says_what_is_missing_and_what_to_do(project: Path, database: Path) -> None:
    """The doctor says what is in place, what is missing, and what to do about it."""
    before = run("doctor", "--db", database)
    run("init")
    telemetry.retry("timeout", attempt=1)
    run("merge", "--db", database)
    after = run("doctor", "--db", database)

    assert (0, 0) == (before.returncode, after.returncode)
    assert "plugin     not installed" in before.stdout
    assert "plugin     current" in after.stdout
    assert "1 session, last written by OpenCode 1.18.33" in after.stdout
    assert "joined     1 of 2 events" in after.stdout
    assert "1 none: recorded outside" in after.stdout


@pytest.mark.slow
def test_remove_undoes_what_init_did(project: Path) -> None:
    """init says what it installed, twice changes nothing, --remove undoes it."""
    first, second = run("init"), run("init")
    plugin = project / ".opencode" / "plugin" / "tachikoma-telemetry.ts"

    assert plugin.exists()
    assert "created" in first.stderr
    assert "created" not in second.stderr
    assert "unchanged" in second.stderr

    run("init", "--remove")

    assert not plugin.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("option", "where"), [([], "{project}"), (["--global"], "all projects")])
def test_where_nothing_is_installed_remove_says_so(
    project: Path, option: list[str], where: str
) -> None:
    """Where nothing is installed, --remove says so, and where it looked."""
    result = run("init", "--remove", *option)

    assert (0, "") == (result.returncode, result.stdout)
    sentence = f"nothing to remove: nothing is installed for {where.format(project=project)}"
    assert sentence == result.stderr.strip()


@pytest.mark.slow
def test_remove_keeps_recordings(project: Path) -> None:
    """What was recorded is never removed."""
    run("init")
    telemetry.retry("timeout", attempt=1)
    run("init", "--remove")

    assert journal_path(project).exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_up_to_date(name: str) -> None:
    """The schemas in the repository are those that the models make now (`make schemas`)."""
    kept = Path(__file__).parents[2] / "schemas" / f"{name}.schema.json"

    assert orjson.loads(run("schema", name).stdout) == orjson.loads(kept.read_bytes())


def _commands() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    pending: list[tuple[str, Any]] = [("", get_command(app))]
    while pending:
        name, command = pending.pop()
        if hasattr(command, "commands"):
            pending += [(f"{name} {each}".strip(), sub) for each, sub in command.commands.items()]
        else:
            found.append((name, command))
    return found


@pytest.mark.parametrize(("name", "command"), _commands())
def test_every_command_has_help_with_an_example(name: str, command: Any) -> None:
    """Help says what the command does and shows one way to call it."""
    assert command.help is not None
    assert f"tachikoma-telemetry {name}" in command.help


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", "2026-11-16T12:00:00+00:00"),
        ("12h", "2026-11-23T00:00:00+00:00"),
        ("yesterday", "2026-11-22T00:00:00+00:00"),
        ("today", "2026-11-23T00:00:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T14:30", "2026-11-01T14:30:00+00:00"),
        ("2026-11-01T14:30+02:00", "2026-11-01T12:30:00+00:00"),
    ],
)
def test_times_are_understood_as_users_write_them(text: str, expected: str) -> None:
    """Times are understood as people write them."""
    from datetime import datetime

    now = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    wanted = int(datetime.fromisoformat(expected).timestamp() * 1000)

    assert wanted == parse_time(text, utc=True, now=now)
