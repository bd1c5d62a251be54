"""Bad input: one clear sentence on stderr, the right exit code, no traceback, nothing changed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.project import journal_path, store_path

from ..command_line import assert_refused, run
from ..opencode_rows import START, Rows


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Path:
    """A database with one call."""
    rows = Rows(tmp_path / "opencode.db", project)
    rows.call(rows.session(), "bash", "call_1", at=START + 100)
    return rows.close()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["merge", "report"])
def test_without_a_database_the_error_says_what_to_do(project: Path, command: str) -> None:
    """Where OpenCode never ran there is nothing to merge; the error says what to do."""
    assert_refused(run(command), "no OpenCode database", "--db")
    assert not store_path(project).exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["merge", "report"])
def test_a_database_that_is_not_there(project: Path, command: str) -> None:
    """A database named by hand has to exist."""
    assert_refused(run(command, "--db", "nowhere.db"), "no database at nowhere.db")


@pytest.mark.slow
def test_an_opencode_db_in_memory_can_not_be_read(project: Path) -> None:
    """With OPENCODE_DB=:memory: OpenCode keeps nothing that could be read."""
    assert_refused(run("merge", OPENCODE_DB=":memory:"), ":memory:")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["merge", "report"])
def test_a_file_that_is_no_database(project: Path, tmp_path: Path, command: str) -> None:
    """A text file is not read as an empty history."""
    (tmp_path / "notes.txt").write_text("no database\n")
    assert_refused(run(command, "--db", tmp_path / "notes.txt"), "not a SQLite database")


@pytest.mark.slow
def test_a_folder_instead_of_a_database_is_named_as_such(project: Path, tmp_path: Path) -> None:
    """A folder is named as such."""
    assert_refused(run("merge", "--db", tmp_path), "is a folder")


@pytest.mark.slow
def test_a_database_of_another_program_is_no_empty_history(project: Path, tmp_path: Path) -> None:
    """A database without OpenCode's tables is not an empty history."""
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    assert_refused(run("merge", "--db", tmp_path / "other.db"), "no tables of OpenCode")


@pytest.mark.slow
def test_a_damaged_database_leaves_the_store_as_it_was(project: Path, database: Path) -> None:
    """Damage is reported, and the store stays as it was."""
    content = bytearray(database.read_bytes())
    content[4096 : len(content) - 4096] = b"\xff" * (len(content) - 8192)
    database.write_bytes(content)
    assert_refused(run("merge", "--db", database), "opencode.db")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["merge", "report"])
def test_a_locked_database_is_an_error(project: Path, database: Path, command: str) -> None:
    """An exclusive lock is an error, never a history of zero calls."""
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        result = run(command, "--db", database)
    finally:
        holder.close()
    assert_refused(result, "locked")


@pytest.mark.slow
def test_an_empty_database_is_an_empty_history(project: Path, tmp_path: Path) -> None:
    """A database in which OpenCode has written nothing yet is an empty history, no error."""
    sqlite3.connect(tmp_path / "new.db").close()
    (tmp_path / "new.db").touch()
    result = run("report", "--db", tmp_path / "new.db")
    assert 0 == result.returncode, result.stderr
    assert "nothing" in result.stdout.lower()


@pytest.mark.slow
def test_without_a_journal_the_calls_are_reported(project: Path, database: Path) -> None:
    """Without a journal the calls alone are reported: nothing was recorded yet."""
    result = run("merge", "--db", database)
    assert 0 == result.returncode, result.stderr
    assert "no events yet" in result.stderr


@pytest.mark.slow
def test_a_journal_that_is_not_there(project: Path, database: Path) -> None:
    """A journal named by hand has to exist."""
    result = run("merge", "--db", database, "--metrics", "nowhere.json")
    assert_refused(result, "no journal at nowhere.json")


@pytest.mark.slow
@pytest.mark.parametrize("content", ["", "not a journal at all\n", '{"recipes": []}\n'])
def test_a_file_that_is_no_journal(project: Path, database: Path, content: str) -> None:
    """A file in the journal's place that is no journal is reported, and left as it is."""
    journal_path(project).parent.mkdir()
    journal_path(project).write_text(content)
    assert_refused(run("merge", "--db", database), "is not a journal")
    assert content == journal_path(project).read_text()


@pytest.mark.slow
def test_of_a_damaged_journal_whole_events_are_taken(project: Path, database: Path) -> None:
    """A torn line is skipped and counted, the whole events are taken."""
    telemetry.retry("timeout", attempt=1)
    with journal_path(project).open("ab") as journal:
        journal.write(b',{"id":"torn","ty')
    result = run("merge", "--db", database)
    assert 0 == result.returncode, result.stderr
    assert "0 of 1 event" in result.stderr
    assert "1 malformed" in result.stderr


@pytest.mark.slow
def test_an_unknown_section_is_wrong_usage(project: Path, database: Path) -> None:
    """A section that does not exist is wrong usage; a near one is offered."""
    assert_refused(run("report", "edts", "--db", database), "edts", "edits", exit_code=2)


@pytest.mark.slow
def test_an_unknown_time_is_wrong_usage(project: Path, database: Path) -> None:
    """A time that can't be read is wrong usage; the error shows the forms."""
    assert_refused(run("report", "--since", "soon"), "soon", "7d", exit_code=2)


@pytest.mark.slow
def test_a_period_that_ends_before_it_begins(project: Path, database: Path) -> None:
    """An impossible period is wrong usage."""
    result = run("report", "--since", "1d", "--until", "2d")
    assert_refused(result, "ends before it begins", exit_code=2)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(project: Path, database: Path) -> None:
    """A store that can't be written ends in an error, with the place named."""
    blocked = project / "blocked"
    blocked.write_text("a file where the folder should be")
    result = run("merge", "--db", database, "--store", blocked / "unified.db")
    assert_refused(result, "can't write the store")


@pytest.mark.slow
def test_a_store_that_is_something_else(project: Path, database: Path, tmp_path: Path) -> None:
    """Another program's database is not taken for a store, and not written to."""
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = other.read_bytes()
    assert_refused(run("merge", "--db", database, "--store", other), "not a store")
    assert before == other.read_bytes()


@pytest.mark.slow
def test_a_session_that_is_not_there(project: Path, database: Path) -> None:
    """A session that the store does not hold is wrong usage, not an empty report."""
    result = run("report", "--db", database, "--session", "ses_nowhere")
    assert_refused(result, "ses_nowhere", exit_code=2)


@pytest.mark.slow
def test_an_output_that_cannot_be_written(project: Path, database: Path) -> None:
    """A report that can't be put where it was wanted is an error."""
    result = run("report", "--db", database, "--output", "no/such/folder/report.json")
    assert_refused(result, "can't write")


@pytest.mark.slow
def test_csv_of_everything_is_wrong_usage(project: Path, database: Path) -> None:
    """One CSV holds one section: the overview as CSV is wrong usage."""
    result = run("report", "--db", database, "--format", "csv")
    assert_refused(result, "section", exit_code=2)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_or_closed_output_is_one_line(project: Path) -> None:
    """As of a file: what could not be written, and no traceback."""
    command = f"{sys.executable} -m tachikoma_telemetry schema report"
    full = subprocess.run(
        f"{command} > /dev/full",
        shell=True,
        check=False,
        capture_output=True,
        text=True,
        cwd=project,
    )
    closed = subprocess.run(
        f"{command} >&-", shell=True, check=False, capture_output=True, text=True, cwd=project
    )

    assert (1, "tachikoma-telemetry: can't write: No space left on device\n") == (
        full.returncode, full.stderr,
    )  # fmt: skip
    assert (0, "") == (closed.returncode, closed.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["init", "report", "doctor", "merge"])
def test_a_project_that_is_not_there(tmp_path: Path, command: str) -> None:
    """A slip of the finger makes no folders."""
    result = run(command, "--project", str(tmp_path / "nope"))

    assert 2 == result.returncode
    assert "there is no folder" in result.stderr.replace("\n", " ")
    assert not (tmp_path / "nope").exists()
