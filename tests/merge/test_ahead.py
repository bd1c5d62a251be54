"""In a first merge the metrics of quiet sessions are made while others are still being read."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from tachikoma_telemetry.merge.ahead import Ahead

from ..merging import contents, few_at_a_time, merge_project, rows
from ..opencode_rows import START, Rows
from ..opencode_v2_rows import V2Rows, tool
from .test_properties import KINDS, SESSIONS, TOOLS, History


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sessions whose metrics were made ahead, one after the other."""
    sessions: list[str] = []
    make = Ahead._make

    def noted(self: Ahead) -> None:
        before = self._touched.derived.copy()
        make(self)
        sessions.extend(sorted(self._touched.derived - before))

    monkeypatch.setattr(Ahead, "_make", noted)
    return sessions


def test_a_session_that_goes_on_after_it_was_quiet(
    project: Path, tmp_path: Path, made: list[str]
) -> None:
    """It is made again when all is read."""
    database = Rows(tmp_path / "opencode.db", project)
    for name in ("ses_a", "ses_b"):
        database.session(name)
    for number, session in enumerate(("ses_a", "ses_b", "ses_b", "ses_b", "ses_a")):
        at = START + number * 1000
        database.call(session, "edit", f"c{number}", at=at, given={"filePath": "/a"})

    with few_at_a_time(1):
        merge_project(project, database.close())

    assert ["ses_a"] == made
    assert 5 == rows(project, "SELECT count(*) FROM edit_metrics")[0]


def test_no_session_is_made_ahead_twice(project: Path, tmp_path: Path, made: list[str]) -> None:
    """One that goes on and on, with pauses, costs what two costs."""
    database = Rows(tmp_path / "opencode.db", project)
    for name in ("ses_a", "ses_b"):
        database.session(name)
    for number in range(40):
        session = ("ses_a", "ses_b")[number // 4 % 2]
        database.call(session, "bash", f"c{number}", at=START + number * 1000)

    with few_at_a_time(1):
        merge_project(project, database.close())

    assert ["ses_a", "ses_b"] == made


def test_a_tree_is_made_when_all_of_it_is_quiet(
    project: Path, tmp_path: Path, made: list[str]
) -> None:
    """A window reaches over the sessions that its session began."""
    database = Rows(tmp_path / "opencode.db", project)
    for name, parent in (("ses_a", None), ("ses_child", "ses_a"), ("ses_b", None)):
        database.session(name, parent=parent)
    sessions = ["ses_a", *["ses_child"] * 4, *["ses_b"] * 3]
    for number, session in enumerate(sessions):
        database.call(session, "bash", f"c{number}", at=START + number * 1000)

    with few_at_a_time(1):
        merge_project(project, database.close())

    assert ["ses_a", "ses_child"] == made


@pytest.mark.parametrize("apart", [False, True])
def test_a_session_that_goes_on_in_another_storage(
    project: Path, tmp_path: Path, made: list[str], apart: bool
) -> None:
    """What is made of the one is made again with what the other has of it: of a file with both
    versions, and of two whose calls are partly the same.
    """
    database = Rows(tmp_path / "one.db", project)
    for number, session in enumerate(("ses_a", "ses_a", "ses_b", "ses_b", "ses_b")):
        if number in (0, 2):
            database.session(session)
        at, name = START + number * 1000, "skill" if number % 2 else "edit"
        given = {"name": "pdf", "filePath": "/a"}
        message = database.message(session, at=at - 10, message_id=f"msg_{number}")
        database.call(
            session, name, f"c{number}", at=at, given=given, message=message,
            status="error" if name == "edit" else "completed", error="no",
        )  # fmt: skip
    paths = [database.close()]
    if apart:
        paths.insert(0, tmp_path / "two.db")
        shutil.copy(*reversed(paths))
    later = V2Rows(paths[0], project)
    for session in ("ses_a", "ses_b"):
        later.session(session)
    for number in (8, 1, 7, 9):
        at = START + number * 1000
        session = "ses_b" if number == 8 else "ses_a"
        edit = tool("edit", f"c{number}", at=at, given={"filePath": "/a"})
        message = f"msg_{number}"
        later.message(session, "assistant", edit, at=at - 10, completed=at, message_id=message)
    if apart:
        later.db.executescript("DROP TABLE part; DROP TABLE message; DROP TABLE session")
    later.close()

    merge_project(project, *paths, store=tmp_path / "afterwards.db")
    assert [] == made
    with few_at_a_time(1):
        merge_project(project, *paths)

    assert made
    assert contents(project, tmp_path / "afterwards.db") == contents(project)


@pytest.mark.parametrize("seed", range(25))
def test_the_store_is_the_same(tmp_path: Path, seed: int, made: list[str]) -> None:
    """As of a merge that makes all metrics when everything is read: forks, trees, events."""
    random = Random(seed)
    history = History(tmp_path / "one")
    session = "ses_a"
    for _ in range(80):
        session = random.choice(SESSIONS) if random.random() < 0.3 else session
        at = START + random.randrange(99) * 1000
        call_id = random.choice(("c1", "c2", "functions.bash:3"))
        what = random.random()
        if what < 0.1:
            history.write({"user": session, "at": at - 100})
        elif what < 0.2:
            event = {"kind": random.choice(KINDS), "session": session, "call_id": call_id, "at": at}
            ids = {"edit_id": random.choice(("e1", None)), "run_id": random.choice(("fix", None))}
            history.write({**event, **ids, "opencode": True, "attempt": 2, "duration_ms": 20})
        else:
            outcome = random.choice(("ok", "failed", "failed", "running"))
            call = {"session": session, "tool": random.choice(TOOLS), "call_id": call_id, "at": at}
            history.write({**call, "outcome": outcome, "name": random.choice(("one", "two"))})
    path = history.database.close()

    afterwards = tmp_path / "afterwards.db"
    merge_project(history.root, path, store=afterwards)
    assert [] == made
    with few_at_a_time(3):
        merge_project(history.root, path)

    assert made
    assert contents(history.root, afterwards) == contents(history.root)
