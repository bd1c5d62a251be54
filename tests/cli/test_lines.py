"""`report --lines`: as many lines as `/telemetry` may show in OpenCode."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.sample import month
from tachikoma_telemetry.store.store import open_store

from ..command_line import assert_refused, run
from ..reports_store import DAY, NOW, ReportsStore

pytestmark = pytest.mark.slow


@pytest.fixture
def busy(project: Path) -> Path:
    """A project with a month of work."""
    store = open_store(store_path(project))
    month.fill(store, NOW)
    store.close()
    return project


@pytest.mark.parametrize("section", [[], ["calls"], ["sessions"], ["patterns"]])
@pytest.mark.parametrize("session", [[], ["--session", "last"]])
@pytest.mark.parametrize("lines", [2, 10, 25])
def test_a_report_has_no_more_lines_than_that(
    busy: Path, section: list[str], session: list[str], lines: int
) -> None:
    """Of the overview, a long section, or one session; what is left out is counted."""
    asked = ["report", "--no-merge", *section, *session]
    shown = run(*asked, "--lines", str(lines)).stdout.splitlines()

    assert 0 < len(shown) <= lines
    if lines < 10 and not (section == ["patterns"] and session):  # which are two in all
        assert shown[-1].endswith("more lines")


def test_a_session_fits_the_command_in_opencode(busy: Path) -> None:
    """With what stands out in it; nothing is cut off."""
    shown = run("report", "--no-merge", "--lines", "25", "--session", "last").stdout

    assert "more lines" not in shown


def test_a_file_has_no_more_either(busy: Path) -> None:
    """A file is written as a pipe is."""
    run("report", "--no-merge", "--lines", "5", "--output", "report.txt")

    assert 5 == len(Path("report.txt").read_text(encoding="utf-8").splitlines())


def test_other_forms_have_none(busy: Path) -> None:
    """Half a JSON document is no document."""
    refused = run("report", "--no-merge", "--lines", "9", "--format", "json")

    assert_refused(refused, "only for tables", exit_code=2)


def test_of_a_long_session_the_newest_calls_are_shown(project: Path) -> None:
    """Its title, what stands out in it and not in the project, and then what fits of its end."""
    store = ReportsStore(_new(store_path(project))).marked()
    long_ago = NOW - 400 * DAY
    store.session(title="Fix the parser", created=long_ago)
    for number in range(60):
        store.call("bash", started=long_ago + number, reason=f"call {number}")
    for _ in range(4):
        store.run("code-agent", None, started=long_ago)
    store.load("translate", started=long_ago)
    store.connection.close()
    shown = run("report", "--no-merge", "--lines", "25", "--session", "s1").stdout.splitlines()

    assert 20 <= len(shown) <= 25
    assert "Fix the parser" == shown[1]
    (found,) = [at for at, line in enumerate(shown) if "4 runs of code-agent never" in line]
    assert found < min(at for at, line in enumerate(shown) if "call " in line)
    assert "call 59" in shown[-1]
    assert "nothing of it is recorded" not in "\n".join(shown)


def _new(path: Path) -> Path:
    path.parent.mkdir()
    return path
