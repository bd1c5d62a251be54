"""Recording inside somebody else's process: what it loads, and when it must keep quiet."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tachikoma_telemetry import TelemetryError, telemetry
from tachikoma_telemetry.testing import capture

from ..journal_at import document, done, python

_RUN = """
from tachikoma_telemetry import telemetry
with telemetry.skill_run("x") as run:
    run.iteration(stage="verify", index=1, max=3, passed=True)
"""


def _journal(project: Path) -> Path:
    return project / ".opencode" / "telemetry" / "metrics.json"


def test_recording_loads_nothing_slow(project: Path) -> None:
    """A run of three events loads nothing that is slow to load."""
    script = _RUN + "import sys; print(*sorted(sys.modules))"
    loaded = set(done(python(script, cwd=project)).split())
    slow = {"pydantic", "typer", "rich", "asyncio", "orjson", "sqlite3", "click", "yaml"}
    assert not slow & {name.partition(".")[0] for name in loaded}
    assert not {name for name in loaded if name.startswith("tachikoma_telemetry.merge")}
    assert 3 == len(document(_journal(project)))


def test_nothing_is_imported_while_a_run_is_timed(project: Path) -> None:
    """What the first event needs is there before the run's clock starts: it is no part of it."""
    code = """
import sys
from tachikoma_telemetry import telemetry
from tachikoma_telemetry.recording import run
timed, steady = [], run.steady_ns
def clock():
    timed.append(set(sys.modules))
    return steady()
run.steady_ns = clock
with telemetry.skill_run("x") as each:
    each.iteration(index=1)
print(*sorted(set(sys.modules) - timed[0]))
"""
    assert "" == done(python(code)).strip()


def test_import_touches_nothing(project: Path) -> None:
    """Importing opens no file, reads no setting and makes no folder."""
    script = """
import os, sys
opened = []
sys.addaudithook(lambda name, arguments: name == "open" and opened.append(arguments[0]))
from tachikoma_telemetry import telemetry
print(*[each for each in opened if not str(each).endswith((".py", ".pyc"))])
"""
    assert "" == done(python(script, cwd=project)).strip()
    assert [] == os.listdir(project / ".opencode")


def test_events_during_shutdown_are_recorded_or_raise_nothing(project: Path) -> None:
    """Events from atexit handlers are recorded; those from the last destructors raise nothing."""
    script = """
import atexit
from tachikoma_telemetry import telemetry
class Late:
    def __del__(self):
        telemetry.retry(reason="destructor")
late = Late()
atexit.register(telemetry.retry, "atexit")
run = telemetry.skill_run("x").__enter__()
"""
    process = python(script, cwd=project)
    _, err = process.communicate()
    assert (0, "") == (process.returncode, err)
    reasons = [each.get("reason") for each in document(_journal(project))]
    assert "atexit" in reasons


@pytest.mark.slow
def test_daemon_threads_leave_a_whole_journal_at_exit(project: Path) -> None:
    """A process that ends while its daemon threads record leaves a whole journal."""
    script = """
import threading
from tachikoma_telemetry import telemetry
began = threading.Barrier(5)
def work():
    telemetry.retry()
    began.wait()
    while True:
        telemetry.retry()
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
began.wait()
"""
    for _ in range(5):
        done(python(script, cwd=project))
        assert 4 <= len(document(_journal(project)))


def test_a_clock_that_goes_back_changes_neither_durations_nor_order(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wall clock set back leaves durations as they are, and ids in the order they were made."""
    noon = 1_795_521_600 * 10**9
    monkeypatch.setattr("time.time_ns", lambda: noon)
    with telemetry.skill_run("x") as run, run.rlm_chunk():
        monkeypatch.setattr("time.time_ns", lambda: noon - 3600 * 10**9)
        run.retry()
    events = document(_journal(project))
    assert 3_600_000 == events[0]["time"] - events[-1]["time"]
    assert all(0 <= each["duration_ms"] < 60_000 for each in events if "duration_ms" in each)
    assert sorted(each["id"] for each in events) == [each["id"] for each in events]


def test_an_event_of_another_time_sorts_by_that_time() -> None:
    """An event of another time sorts by that time, and leaves the ids of others alone."""
    with capture() as events:
        telemetry.record("retry", {}, time=4_000_000_000_000)
        telemetry.retry()
        telemetry.record("retry", {}, time=1_000_000_000_000)
    later, now, before = (each["id"] for each in events)
    assert before < now < later


@pytest.mark.parametrize("value", ["off", "OFF", "0", "false"])
def test_switched_off_it_does_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Switched off, the same API does nothing, says nothing and touches no file."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY", value)

    @telemetry.skill_run
    def decorated() -> int:
        return 1

    with telemetry.skill_run(None) as run:  # type: ignore[call-overload]
        assert "" == run.intent("debug", confidence=9)
        with run.rlm_chunk(-1) as chunk:
            chunk.accuracy = 5
        for attempt in run.attempts(max=1):
            with attempt:
                attempt.passed = False
        run.edit_chain().attempt("whole", success=True)
        run.tokens(input=-1)
    assert "" == telemetry.label("x") == chunk.id
    assert 1 == decorated()
    assert not telemetry.enabled()
    assert [] == os.listdir(project / ".opencode")


def test_strict_mode_raises_and_still_records(project: Path) -> None:
    """Strict mode raises what would be warned about, and still records the event."""
    with pytest.raises(TelemetryError, match="confidence is above 1"):
        telemetry.intent("debug", confidence=1.7)
    assert "debug" == document(_journal(project))[0]["intent"]


@pytest.mark.parametrize("place", ["file", "dangling symlink"])
def test_without_a_folder_the_skill_goes_on(
    project: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    """Something else where the folder should be: said once, and the skill goes on."""
    folder = project / ".opencode" / "telemetry"
    folder.write_text("a file") if place == "file" else folder.symlink_to(project / "none")
    os.environ["TACHIKOMA_TELEMETRY_STRICT"] = "0"
    for _ in range(3):
        with telemetry.skill_run("x"):
            telemetry.retry()
    assert {"not recorded"} == {message.split(": ")[1][6:] for message in caplog.messages}
    assert 3 == len(caplog.messages)
    assert not (project / "none").exists()


def test_a_working_folder_that_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the working folder was deleted, a folder named by hand still gets the events."""
    gone = project / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    telemetry.retry()
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(project / "there"))
    telemetry.retry()
    assert 1 == len(document(project / "there" / "metrics.json"))


def test_the_folder_is_private_and_invisible_to_git(project: Path) -> None:
    """The telemetry folder is private, and invisible to git."""
    telemetry.retry()
    folder = project / ".opencode" / "telemetry"
    assert 0o700 == folder.stat().st_mode & 0o777
    assert "*\n" == (folder / ".gitignore").read_text()
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    status = ["git", "-C", str(project), "status", "--porcelain", "--untracked-files=all"]
    assert b"" == subprocess.run(status, check=True, capture_output=True).stdout


def test_a_kill_while_the_folder_is_made(project: Path) -> None:
    """Whichever call it interrupts, no folder is left that git sees."""
    left = done(python(_KILLED_CALLS, project)).split()
    assert {"none", "['.gitignore']"} == {*left}
    assert 4 < left.count("none")


_KILLED_CALLS = """
import os, shutil, signal, sys
from itertools import count
from pathlib import Path
from tachikoma_telemetry.project import ensure_telemetry_dir, telemetry_dir
root = Path(sys.argv[1])
def killed(left):
    for name in ("mkdir", "open", "write", "close", "rename"):
        def call(*arguments, real=getattr(os, name), **options):
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)
        setattr(os, name, call)
    ensure_telemetry_dir(root)
    os._exit(0)
for at in count(1):
    child = os.fork() or killed(at)
    status = os.waitpid(child, 0)[1]
    folder = telemetry_dir(root)
    print(os.listdir(folder) if folder.exists() else "none")
    shutil.rmtree(folder, ignore_errors=True)
    if not status:
        break
"""


def test_from_a_subfolder_the_same_journal_is_written(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a subfolder the same journal is written."""
    (project / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(project / "a" / "b")
    telemetry.retry()
    assert 1 == len(document(_journal(project)))


def test_an_interrupt_while_recording_leaves_the_journal_whole(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of an append goes to the skill; the journal stays whole and free."""
    telemetry.retry(attempt=1)
    pwrite = os.pwrite

    def interrupted(*arguments: object) -> int:
        monkeypatch.undo()
        pwrite(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "pwrite", interrupted)
    with pytest.raises(KeyboardInterrupt):
        telemetry.retry(attempt=2)
    monkeypatch.chdir(project)
    telemetry.retry(attempt=3)
    assert [1, 3] == [each["attempt"] for each in document(_journal(project))]
