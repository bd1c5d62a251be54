"""What every test stands on: a project of its own, and nothing of the machine's."""

from __future__ import annotations

import gc
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import typer.main
import typer.testing

from tachikoma_telemetry.journal.read import JournalReader, journal_files
from tachikoma_telemetry.recording import problems
from tests.scripted.fixtures import (  # noqa: F401 - fixtures are found here by their names
    begin_session,
    opencode_version,
    real_history,
)
from tests.scripted.versions import NO_OPENCODE_2_HERE
from tests.validators import validator

# A test that records ten thousand events records the same kinds again and again.
EVENTS_VALIDATED = 100

# Of a fast test, by its folder; 0.02 in others.
_SECONDS_IN = {"dashboard": 0.4, "fleet": 0.15, "export": 0.1}

_OURS = ("TACHIKOMA_", "OPENCODE", "OTEL_", "XDG_")


@pytest.fixture(scope="session", autouse=True)
def _state_folder() -> Iterator[Path]:
    """No test writes into the state folder of the user who runs it, not even a fixture of a module;
    an unprivileged user of a test reaches it.
    """
    with tempfile.TemporaryDirectory(prefix="state") as folder, pytest.MonkeyPatch.context() as env:
        env.setenv("XDG_STATE_HOME", folder)
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _command_line() -> Iterator[None]:
    """The command line is put together once a process, as for a user, not once a call."""
    build = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", build)
        patch.setattr(typer.testing, "_get_command", build)
        yield


@pytest.fixture(autouse=True)
def _clean_environment(_state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the telemetry settings or the OpenCode of the person who runs it."""
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(_state_folder))
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    # A warning is logged once a process: each test sees its own.
    monkeypatch.setattr(problems, "_logged", set())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project folder to work in, with a home folder of its own beside it.

    Whatever a test records in it has to be valid: it is held against the schema when the test ends.
    """
    root = tmp_path / "project"
    (root / ".opencode").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(root)
    yield root
    for journal in journal_files(root / ".opencode" / "telemetry" / "metrics.json"):
        for line in islice(JournalReader(journal), EVENTS_VALIDATED):
            validator("event").validate(line.event)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    """What is imported and collected stays to the end: looking for garbage in it, now and during
    the tests, would take a tenth of all the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Any:
    """Where several processes run the tests, one gets all of a group, and the longest groups come
    first: else one process works alone at the end.
    """
    if not hasattr(config, "workerinput"):
        return (yield)
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    result = yield
    seconds: defaultdict[str, float] = defaultdict(float)
    for item in items:
        seconds[groups[item]] += _seconds(item)
    items.sort(key=lambda item: -seconds[groups[item]])
    return result


def _group(item: pytest.Item) -> str:
    """The tests that share what is made once: those of a file, or of a real OpenCode's history."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    # Its folder, too: many rooms have files of one name.
    of_file = item.location[0]
    if "real_history" in parameters:
        return f"history of {parameters['real_history']}"
    # Each session has a sandbox of its own.
    version = parameters.get("opencode_version")
    return f"{of_file} {version}" if version else of_file


def _seconds(item: pytest.Item) -> float:
    """About how long a test takes."""
    if item.path.name == "test_spark_reports.py":
        return 60.0
    if item.get_closest_marker("opencode"):
        return 5.0
    if item.get_closest_marker("slow") or item.get_closest_marker("browser"):
        return 1.0
    return _SECONDS_IN.get(item.path.parent.name, 0.02)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    """In CI a skipped test is a failed one: CI has all that tests need, but for OpenCode 2, which
    can't be had there yet.
    """
    report = yield
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    allowed = NO_OPENCODE_2_HERE in str(reason) or hasattr(report, "wasxfail")
    if report.skipped and os.environ.get("CI") and not allowed:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {reason}"
    return report
