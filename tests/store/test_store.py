"""The unified store: history that can be merged again, rebuilt, and read by others."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store.records import RECORDS
from tests.scripted import recordings

from ..command_line import run
from ..journal_at import done, python
from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows
from ..validators import validator


def _rebuild(project: Path, *databases: Path) -> None:
    merge(
        MergeRequest(
            store_path(project), project, databases=list(databases), all_projects=True, rebuild=True
        )
    )


def test_a_rebuild_changes_nothing(project: Path, tmp_path: Path) -> None:
    """What is read again from the same sources gives the same store."""
    history = recordings.unpack("1.14.41", tmp_path / "recording")
    merge_project(project, history.database, journals=[history.journal], all_projects=True)
    before = contents(project)

    _rebuild(project, history.database)

    assert before == contents(project)


def test_a_rebuild_makes_wrong_metrics_right(project: Path, tmp_path: Path) -> None:
    """Metrics that went wrong, in an older version say, are made anew."""
    history = recordings.unpack("1.14.41", tmp_path / "recording")
    merge_project(project, history.database, journals=[history.journal], all_projects=True)
    before = contents(project)
    store = sqlite3.connect(store_path(project))
    for table in ("skill_metrics", "edit_metrics", "intent_metrics"):
        store.execute(f"DELETE FROM {table}")
    store.execute("UPDATE calls SET outcome = 'succeeded', active_skill = NULL")
    store.commit()
    store.close()

    _rebuild(project, history.database)

    assert before == contents(project)


def test_history_stays(project: Path, tmp_path: Path) -> None:
    """What OpenCode deleted stays in the store, also when it is rebuilt."""
    database = Rows(tmp_path / "opencode.db", project)
    database.call(database.session("ses_old"), "read", "call_1", at=START + 100)
    database.call(database.session("ses_new"), "read", "call_1", at=START + 9000)
    merge_project(project, database.path)
    before = contents(project)

    database.db.execute("DELETE FROM session WHERE id = 'ses_old'")
    database.db.execute("DELETE FROM message WHERE session_id = 'ses_old'")
    database.db.execute("DELETE FROM part WHERE session_id = 'ses_old'")
    merge_project(project, database.path)
    assert before == contents(project)

    _rebuild(project, database.close())
    assert before == contents(project)


def test_merge_json_writes_every_record(project: Path, tmp_path: Path) -> None:
    """merge --json writes every record of the store as one valid document."""
    history = recordings.unpack("1.18.33", tmp_path / "recording")
    out = tmp_path / "unified.json"
    result = run(
        "merge",
        "--db",
        history.database,
        "--metrics",
        history.journal,
        "--all-projects",
        "--json",
        out,
    )

    assert 0 == result.returncode, result.stderr
    document = orjson.loads(out.read_bytes())
    validator("unified").validate(document)
    for table in (each.name for each in RECORDS):
        assert rows(project, f"SELECT count(*) FROM {table}") == [len(document[table])]


def test_unified_records_are_all_that_stdout_gets(project: Path, tmp_path: Path) -> None:
    """With `-` they are the only thing on stdout."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session()

    result = run("merge", "--db", database.close(), "--json", "-")

    assert 1 == len(orjson.loads(result.stdout)["sessions"])


def test_unified_records_that_find_no_room(project: Path, tmp_path: Path) -> None:
    """A document that can't be written to its end leaves the one before it as it was."""
    pytest.importorskip("resource")
    history = recordings.unpack("1.18.33", tmp_path / "recording")
    merge_project(project, history.database, journals=[history.journal], all_projects=True)
    out = tmp_path / "unified.json"
    out.write_text("before")
    limited = (
        "import resource, runpy, sys; _, hard = resource.getrlimit(resource.RLIMIT_FSIZE); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65_000, hard)); "
        "runpy.run_module('tachikoma_telemetry', run_name='__main__')"
    )
    command = [sys.executable, "-c", limited, "merge", "--metrics", str(history.journal)]

    result = subprocess.run(
        [*command, "--json", str(out), "--quiet"], capture_output=True, text=True, check=False
    )

    assert 1 == result.returncode, result.stderr
    assert "can't write" in result.stderr
    assert 1 == len(result.stderr.splitlines())
    assert "before" == out.read_text()
    assert [] == list(tmp_path.glob("*.part"))


def test_a_command_given_again_is_an_inferred_retry(project: Path, tmp_path: Path) -> None:
    """A command given again in the same turn after it failed is a retry that nobody recorded."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    database.user(session, at=START + 1)
    command = {"command": "pytest -q"}
    for number, exit_code in enumerate((1, 1, 0, 1)):
        at = START + 1000 * (number + 1)
        database.call(
            session, "bash", f"c{number}", at=at, given=command, metadata={"exit": exit_code}
        )
    database.user(session, at=START + 4500)
    database.call(session, "bash", "c9", at=START + 5000, given=command)

    merge_project(project, database.close())

    found = rows(
        project,
        "SELECT number, reason FROM iteration_metrics WHERE source = 'call' ORDER BY time",
    )
    assert [(2, "exit 1"), (3, "exit 1")] == found


def test_a_command_beside_the_same_command(project: Path, tmp_path: Path) -> None:
    """What began while the first still ran is no retry of it, what began after its end is."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    for at, ms in ((1000, 500), (1100, 800), (1700, 100), (2000, 100)):
        database.call(
            session, "bash", f"c{at}", at=START + at, ms=ms,
            given={"command": "make"}, metadata={"exit": 2 if at < 2000 else 0},
        )  # fmt: skip

    merge_project(project, database.close())

    # The third began after the first had failed, the last after the second had.
    assert [(START + 1700, 2), (START + 2000, 2)] == rows(
        project, "SELECT time, number FROM iteration_metrics WHERE source = 'call' ORDER BY time"
    )


def test_a_skill_that_was_read(project: Path, tmp_path: Path) -> None:
    """A SKILL.md that was read is no load; one that a command wrote out is a load of the user's."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    for number, path in enumerate(("/x/.opencode/skill/review/SKILL.md", "/x/NO-SKILL.md")):
        database.call(session, "read", f"c{number}", at=START + number, given={"filePath": path})

    database.user(session, at=START + 9, text="Do.\n\nBase directory for this skill: /x/plan\ngo")

    merge_project(project, database.close())

    assert ["review"] == rows(project, "SELECT read_skill FROM calls WHERE read_skill IS NOT NULL")
    assert [(None, "plan", "user", 1)] == rows(
        project,
        "SELECT tool, skill, trigger, opens_turn FROM calls JOIN messages USING (message_id) "
        "WHERE skill IS NOT NULL",
    )


_MERGE = """
import sys
from pathlib import Path
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import journal_path
root, store = Path(sys.argv[1]), Path(sys.argv[2])
merge(MergeRequest(store=store, root=root, journals=[journal_path(root)]))
"""


@pytest.mark.slow
def test_two_processes_make_the_same_store(project: Path, tmp_path: Path) -> None:
    """What a store says of an event does not depend on the process that merged it, to the byte."""
    telemetry.iteration("verify", 1, 3, False, failed_criteria=["logic", "syntax"], score=0.5)
    telemetry.edit("hashline", False, edit_id="e1", attempt=1, final=True, tokens=5, error_type="X")
    telemetry.intent("debug", 0.5, actual="git", alternatives={"git": 0.4, "docs": 0.1})
    stores = [tmp_path / f"{seed}.db" for seed in range(4)]
    for seed, store in enumerate(stores):
        done(python(_MERGE, project, store, env={"PYTHONHASHSEED": str(seed)}))

    first, *others = [contents(project, store) for store in stores]

    assert [first] * 3 == others
    (body,) = rows(project, "SELECT body FROM events WHERE type = 'intent'", store=stores[0])
    assert ["intent", "confidence", "actual"] == list(orjson.loads(body))[:3]
