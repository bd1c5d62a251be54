"""`--format html` on the command line: where the page goes, and who opens it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tachikoma_telemetry.sample import unpack

from ..command_line import assert_refused, run


@pytest.mark.slow
def test_the_command_writes_a_file(project: Path, tmp_path: Path) -> None:
    """`report --format html` and `report --html` with --output say nothing and write the page."""
    files = unpack(tmp_path)
    for way in (["--format", "html"], ["--html"]):
        page = tmp_path / f"report{len(way)}.html"
        result = run(
            "report", "edits", *way, "--output", page, "--quiet",
            "--db", files.database, "--metrics", files.journal, "--all-projects",
        )  # fmt: skip

        assert (0, "", "") == (result.returncode, result.stdout, result.stderr)
        assert page.read_text("utf-8").startswith("<!doctype html>")
        assert f"<title>{project.name} — edits</title>" in page.read_text("utf-8")


@pytest.mark.slow
def test_the_page_goes_into_a_temporary_file(project: Path, tmp_path: Path) -> None:
    """`report --html` alone prints the path of it; only the user can read it."""
    files = unpack(tmp_path)
    result = run("report", "--html", "--quiet", "--db", files.database, "--all-projects")
    page = Path(result.stdout.rstrip("\n"))

    assert (0, "") == (result.returncode, result.stderr)
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert 0 == (page.stat().st_mode | page.parent.stat().st_mode) & 0o077
    page.unlink()
    page.parent.rmdir()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("where", ["at a terminal", "in CI"])
def test_the_page_is_opened(project: Path, tmp_path: Path, where: str) -> None:
    """By the user's browser where a user looks; never where a program runs it."""
    import os
    import pty
    import subprocess

    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" >"$0.opened"\n')
    browser.chmod(0o755)
    _, theirs = pty.openpty()
    environment = {**os.environ, "BROWSER": f"{browser} %s", "CI": "yes" * (where == "in CI")}
    command = [sys.executable, "-m", "tachikoma_telemetry", "report", "--html", "--quiet"]
    files = unpack(tmp_path)
    result = subprocess.run(
        [*command, "--db", str(files.database), "--all-projects"],
        stdout=theirs, stderr=subprocess.PIPE, text=True, check=False, env=environment,
    )  # fmt: skip

    assert (0, "") == (result.returncode, result.stderr)
    opened = tmp_path / "browser.opened"
    assert opened.exists() is (where == "at a terminal")
    if opened.exists():
        assert opened.read_text().startswith("file:///")


@pytest.mark.slow
def test_the_commands_of_its_page_in_docs_do_what_it_says(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each does what docs/sharing.md says, and the files are there."""
    files = unpack(tmp_path)
    page = Path(__file__).parents[2] / "docs" / "sharing.md"
    (commands,) = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(tmp_path / "telemetry"))
    given: list[str | Path] = [
        "--quiet",
        "--all-projects",
        "--db",
        files.database,
        "--metrics",
        files.journal,
    ]

    for command in commands.splitlines():
        result = run(*command.split()[1:], *given)
        assert (0, "") == (result.returncode, result.stderr), command
    written = set(re.findall(r"--output (\S+)", commands))
    assert written <= {each.name for each in project.iterdir()}


def test_html_and_another_form_are_refused(project: Path) -> None:
    """`--html` with another form is refused."""
    assert_refused(run("report", "--html", "--format", "json"), "--html", "json", exit_code=2)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_is_not_filled_with_html(project: Path) -> None:
    """Without --output on a terminal, the ways to see it are named."""
    import pty
    import subprocess

    _, theirs = pty.openpty()
    result = subprocess.run(
        [sys.executable, "-m", "tachikoma_telemetry", "report", "--format", "html"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert 2 == result.returncode
    assert "--output" in result.stderr
    assert "--html" in result.stderr
