"""Which run an event belongs to: tasks, threads, pools, forks."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextvars import copy_context
from multiprocessing import get_context
from pathlib import Path

import pytest

from tachikoma_telemetry import Run, telemetry
from tachikoma_telemetry.testing import Captured

from ..journal_at import Event, document


def _recorded(project: Path) -> list[Event]:
    return document(project / ".opencode" / "telemetry" / "metrics.json")


@pytest.mark.parametrize(
    ("given", "session"),
    [
        ({"OPENCODE": "1", "OPENCODE_SESSION_ID": "ses_1"}, "ses_1"),
        ({"OPENCODE": "1", "OPENCODE_SESSION_ID": ""}, None),
        ({"OPENCODE_SESSION_ID": "ses_1"}, None),
        (
            {"OPENCODE": "1", "OPENCODE_SESSION_ID": "ses_1", "TACHIKOMA_SESSION_ID": "ses_2"},
            "ses_2",
        ),
    ],
    ids=["OpenCode 2", "empty", "not in OpenCode", "the plugin knows better"],
)
def test_the_session_that_opencode_2_names(
    events: Captured,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    session: str | None,
) -> None:
    """Where no plugin named one, it is the session of what is recorded in one of its commands."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    telemetry.retry()
    assert session == events[0].get("session_id")


def test_a_task_is_in_the_run_it_was_started_in(events: Captured) -> None:
    """Each asyncio task is in the run it was started in, and its own runs stay its own."""

    async def work(name: str) -> None:
        telemetry.retry(reason=f"in outer {name}")
        async with telemetry.skill_run(name):
            await asyncio.sleep(0)
            telemetry.retry(reason=name)

    async def main() -> None:
        async with telemetry.skill_run("outer"):
            await asyncio.gather(*(work(str(number)) for number in range(5)))
            telemetry.retry(reason="in outer at last")

    asyncio.run(main())
    for each in events.of("retry"):
        assert ("outer" if "outer" in each["reason"] else each["reason"]) == each["skill"]
    outer = events[0]["run_id"]
    assert [outer] * 5 == [each["parent_run_id"] for each in events.of("skill_run_started")[1:]]


def test_a_thread_is_in_no_run_without_its_context(events: Captured) -> None:
    """A thread is in no run, unless it was started with a copy of the context."""
    with telemetry.skill_run("x") as run:
        outside = threading.Thread(target=telemetry.retry)
        inside = threading.Thread(target=copy_context().run, args=(telemetry.retry,))
        for thread in (outside, inside):
            thread.start()
            thread.join()
    assert [None, run.id] == [each.get("run_id") for each in events.of("retry")]


def test_workers_of_a_thread_pool_add_to_the_run(events: Captured) -> None:
    """Pool workers are handed the run; what they add up is added up."""

    def work(number: int) -> None:
        with run.rlm_chunk(number, 50):
            run.tokens(input=2)
            run.iteration(index=number + 1)

    with telemetry.skill_run("x") as run, ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(50)))
    end = events.one("skill_run_finished")
    assert (50, 100) == (end["iterations"], end["tokens_input"])
    assert {run.id} == {each["run_id"] for each in events}


def _work_elsewhere(run: Run) -> tuple[int, str]:
    os.environ["TACHIKOMA_TELEMETRY_STRICT"] = "0"
    with run.rlm_chunk(0) as chunk:
        run.tokens(input=5)
    return os.getpid(), chunk.id


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_workers_of_a_process_pool_record_into_the_run(project: Path, method: str) -> None:
    """A pickled run records into the same run and journal, and does not end it."""
    with telemetry.skill_run("x", session_id="ses_1") as run:
        with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
            pid, event_id = pool.submit(_work_elsewhere, run).result()
    started, chunk, ended = _recorded(project)
    assert (event_id, pid, run.id, "ses_1") == tuple(
        chunk[name] for name in ("id", "pid", "run_id", "session_id")
    )
    assert os.getpid() == started["pid"] == ended["pid"]
    assert "tokens_input" not in ended


def test_a_forked_child_leaves_the_end_to_its_parent(project: Path) -> None:
    """A child forked inside a run records into it, and leaves its end to the parent."""
    with telemetry.skill_run("x") as run:
        parent = os.getpid()
        child = os.fork()
        telemetry.retry(reason="child" if child == 0 else "parent")
        if child:
            os.waitpid(child, 0)
    if os.getpid() != parent:  # pragma: no cover - the child, which has left the block as well
        os._exit(0)
    recorded = _recorded(project)
    ends = [each for each in recorded if each["type"] == "skill_run_finished"]
    assert [parent] == [each["pid"] for each in ends]
    assert ["child", "parent"] == sorted(each["reason"] for each in recorded if "reason" in each)
    assert {run.id} == {each["run_id"] for each in recorded}
    assert len(recorded) == len({each["id"] for each in recorded})


def test_forks_never_make_the_same_id(project: Path) -> None:
    """Forks that record at the same moment never make the same id."""
    telemetry.retry()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:  # pragma: no cover - the child
            for _ in range(50):
                telemetry.retry()
            os._exit(0)
        children.append(child)
    for child in children:
        assert (child, 0) == os.waitpid(child, 0)
    found = [each["id"] for each in _recorded(project)]
    assert 201 == len(found) == len(set(found))
