"""A large database is read by several processes, and nobody can tell but by the time it takes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tachikoma_telemetry.opencode import readers
from tachikoma_telemetry.opencode.batches import Batch
from tachikoma_telemetry.opencode.readers import Readers, RowPiece, RowSpan
from tachikoma_telemetry.opencode.shapes import Call

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows
from ..opencode_v2_changes import change_somehow
from ..opencode_v2_history import History, made_up, shell


@pytest.fixture
def many(project: Path, tmp_path: Path) -> Rows:
    """A database in use, with whatever may be in one: forks, skills, broken and very long rows."""
    database = Rows(tmp_path / "opencode.db", project)
    database.db.execute("PRAGMA journal_mode = WAL")
    for session, began in (("ses_a", START), ("ses_b", START + 50_000), ("ses_lost", None)):
        if began is not None:
            database.session(session, at=began)
        for number in range(60):
            at = START + number * 1000
            if number % 9 == 0:
                database.user(session, at=at, text="x" * (2 << 20 if number == 27 else 9))
            given = {"command": f"make {number % 4}", "name": "pdf", "filePath": "/a.py"}
            status = "error" if number % 5 == 0 else "completed"
            tool = ("bash", "skill", "edit", "task")[number % 4]
            call_id = f"call_{number % 17}"
            database.call(session, tool, call_id, at=at, given=given, status=status, error="no")
        message = database.message(session, at=START + 90_000, summary="x" * (2 << 20))
        database.part(message, session, "{no json", at=START)
        database.call(session, "bash", "runs", at=START + 99_000, ms=None, status="running")
    # Gaps, as deleting leaves them.
    database.db.execute("DELETE FROM part WHERE rowid BETWEEN 40 AND 70")
    return database


@pytest.fixture(params=["one", "two", "slow", "quick"])
def some_readers(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """One process or two, whatever the machine and the database, and many pieces; processes that
    never have an answer in time, or always.
    """
    monkeypatch.setattr(readers, "processes_for", lambda _rows: 1 + (request.param == "two"))
    monkeypatch.setattr(readers, "ROWS_OF_PIECE", 7)
    if request.param in ("slow", "quick"):
        monkeypatch.setattr(Readers, "_has_time", lambda *_: request.param == "slow")


@contextmanager
def _one_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "processes_for", lambda _rows: 0)
        yield


def _alone(project: Path, database: Rows, tmp_path: Path) -> tuple[dict[str, list[str]], int]:
    with _one_process():
        store = tmp_path / "alone.db"
        summary = merge_project(project, database.path, store=store, journals=[])
        return contents(project, store), summary.malformed


@pytest.mark.slow
@pytest.mark.usefixtures("some_readers")
def test_the_store_is_the_same(
    project: Path, tmp_path: Path, many: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row by row, and with the same rows counted as malformed."""
    right = _alone(project, many, tmp_path)
    taken: list[RowPiece] = []
    pieces = Readers.pieces

    def noted(self: Readers, table: str) -> Iterator[RowPiece]:
        for piece in pieces(self, table):
            taken.append(piece)
            yield piece

    monkeypatch.setattr(Readers, "pieces", noted)
    store = tmp_path / "unified.db"
    summary = merge_project(project, many.path, store=store, journals=[])

    assert right == (contents(project, store), summary.malformed)
    assert summary.malformed > 2
    assert summary.calls < sum(
        sum(batch.sessions.values()) for piece in taken for batch in piece.batches
    )
    (rowid,) = many.db.execute("SELECT max(rowid) FROM part").fetchone()
    assert rowid == taken[-1].upto
    many.close()


@pytest.mark.slow
@pytest.mark.usefixtures("some_readers")
@pytest.mark.parametrize(("seed", "all_projects"), [(1, True), (2, True), (3, False)])
def test_rows_of_2_end_in_the_same_store(
    project: Path, tmp_path: Path, seed: int, *, all_projects: bool
) -> None:
    """With the calls in them, unknown kinds, forks, moves and what is not finished; so a later
    merge, too, ends in the same store.
    """
    random = Random(seed)
    history = History(tmp_path / "opencode.db", project)
    made_up(history)
    for _ in range(80):
        change_somehow(history, random)
    session = history.session()
    summing = history.row(session, "compaction", status="running", reason="auto")
    history.row(session, "hologram", text="x")
    history.db.execute("UPDATE session_message SET data = '{no' WHERE type = 'user' AND seq % 3")
    alone, store = tmp_path / "alone.db", tmp_path / "unified.db"

    def merged(path: Path) -> tuple[object, ...]:
        # A session that moved between projects is read by one process, unless all are taken.
        summary = merge_project(
            project, history.path, store=path, journals=[], all_projects=all_projects
        )
        left = rows(project, "SELECT malformed, dropped, unknown FROM merge_state", store=path)
        return contents(project, path), left, summary.malformed

    with _one_process():
        right = merged(alone)
    assert right == merged(store)
    assert len(right[0]["calls"]) > 50  # type: ignore[index]

    history.pass_time(7_200_000)
    history.write(summing, {**history.data(summing), "status": "completed", "cost": 0.5})
    history.step(session, shell("late", at=history.at, exit=3))
    assert merged(alone) == merged(store) != right
    history.close()


@pytest.mark.slow
@pytest.mark.usefixtures("some_readers")
def test_a_store_that_is_there(
    project: Path, tmp_path: Path, many: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read by this process alone: to stage and compare what others read takes longer."""
    before = Rows(tmp_path / "before.db", project)
    before.call(before.session("ses_before"), "bash", "call_1", at=START)
    path, store = before.close(), tmp_path / "unified.db"
    merge_project(project, path, store=store, journals=[])
    merge_project(project, path, store=tmp_path / "alone.db", journals=[])
    right = _alone(project, many, tmp_path)

    def not_started(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", not_started)
    summary = merge_project(project, many.path, store=store, journals=[])

    assert right == (contents(project, store), summary.malformed)
    assert 0 == merge_project(project, many.path, store=store, journals=[]).changed_sessions
    many.close()


@pytest.mark.slow
@pytest.mark.usefixtures("some_readers")
@pytest.mark.parametrize("number", [0, 3, 30])
def test_what_a_dead_reader_left_is_read_here(
    project: Path, tmp_path: Path, many: Rows, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """What is missing is read here: nobody notices."""
    right = _alone(project, many, tmp_path)
    receive = readers._receive
    received: list[int] = []

    def kill_and_receive(process: subprocess.Popen[bytes], upto: int) -> object:
        if len(received) == number:
            process.kill()
            process.wait()
        received.append(upto)
        return receive(process, upto)

    monkeypatch.setattr(readers, "_receive", kill_and_receive)
    store = tmp_path / "unified.db"
    summary = merge_project(project, many.path, store=store, journals=[])

    assert right == (contents(project, store), summary.malformed)
    many.close()


@pytest.mark.slow
def test_no_process_can_be_started(
    project: Path, tmp_path: Path, many: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then this one reads everything."""
    right = _alone(project, many, tmp_path)
    monkeypatch.setattr(readers, "processes_for", lambda _rows: 2)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))

    store = tmp_path / "unified.db"
    summary = merge_project(project, many.path, store=store, journals=[])

    assert right == (contents(project, store), summary.malformed)
    many.close()


def _not_here(table: str, above: int, upto: int) -> RowPiece:
    return RowPiece(upto, [Batch.of(Call, [])], 0, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("some_readers")
def test_rows_renumbered_meanwhile_are_not_taken(many: Rows) -> None:
    """Nothing is taken from a process that finds another row at the end of what it was told."""
    (rowid, last) = many.db.execute("SELECT max(rowid), id FROM part").fetchone()
    for span, found in (
        (RowSpan("part", -1, rowid, last), True),
        (RowSpan("part", -1, 9, last), False),
    ):
        crew = Readers(many.path, [span], _not_here)
        assert found == any(True for _ in crew.pieces("part"))
        crew.stop()
    many.close()


def test_processes_are_started_only_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes are started only where they pay."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3}, raising=False)
    assert 0 == readers.processes_for(readers.ROWS_MIN - 1)
    assert 2 == readers.processes_for(readers.ROWS_MIN)
    assert 0 == readers.processes_for(2**62)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    assert 1 == readers.processes_for(readers.ROWS_MIN)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3}, raising=False)
    assert 0 == readers.processes_for(readers.ROWS_MIN)


_HOLDING = """
import sys
from collections.abc import Iterator
from pathlib import Path
from tachikoma_telemetry.opencode import readers
readers.processes_for = lambda rows: 2
wait = lambda *place: readers.RowPiece(place[-1], [readers.Batch.of(readers.Call, [])], 0, 0)
crew = readers.Readers(Path(sys.argv[1]), [readers.RowSpan(*eval(sys.argv[2]))], wait)
next(crew.pieces("part"))
print(*(process.pid for process in crew._processes), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are watched by Linux's pidfd")
def test_nobody_is_left_behind(project: Path, tmp_path: Path) -> None:
    """When the merge is killed, its readers end, though they have much to say."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    database.db.execute("BEGIN")
    for number in range(9000):
        database.call("ses_a", "bash", f"call_{number}", at=START + number, message="msg_1")
    database.db.execute("COMMIT")
    (rowid, last) = database.db.execute("SELECT max(rowid), id FROM part").fetchone()
    merging = subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(database.close()), repr(("part", -1, rowid, last))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert merging.stdout is not None
    watched = [os.pidfd_open(int(pid)) for pid in merging.stdout.readline().split()]
    assert 2 == len(watched)
    assert ([], [], []) == select.select(watched, [], [], 0)

    merging.send_signal(signal.SIGKILL)
    merging.communicate()

    for each in watched:
        assert [each] == select.select([each], [], [], 30)[0]
        os.close(each)
