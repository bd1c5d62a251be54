"""Unknown names: a misspelt filter must not look like an empty history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app

from ..reports_store import NOW, ReportsStore


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One session with a run of a skill and an edit, in the folder `app`; a skill is unused."""
    store = empty(tmp_path)
    folder = tmp_path / "app"
    folder.mkdir()
    store.session("ses_1", created=NOW, directory=str(folder.resolve()))
    store.message("ses_1", created=NOW, model="zai/glm-4.7")
    store.call("bash", started=NOW, session_id="ses_1")
    store.run("code-agent", session_id="ses_1", started=NOW)
    store.event("retry", skill="only-in-events", session="ses_1", time=NOW)
    store.connection.close()
    skill = tmp_path / ".opencode/skills/idle/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: idle\ndescription: x\n---\n")
    return tmp_path


def empty(root: Path) -> ReportsStore:
    folder = root / ".opencode/telemetry"
    folder.mkdir(parents=True)
    return ReportsStore(folder / "unified.db").marked()


def report(project: Path, *arguments: str) -> Any:
    return CliRunner().invoke(
        app,
        ["report", "--no-merge", "--project", str(project), *arguments],
        env={"COLUMNS": "80", "HOME": str(project / "home")},
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["skills", "--skill", "code-agnet"], "no skill 'code-agnet' is known; did you mean"),
        (["skills", "--skill", "Code_Agent"], "did you mean code-agent?"),
        (["--skill", "idel"], "did you mean idle?"),
        (["compare", "--skill", "code-agnet"], "did you mean code-agent?"),
        (["skills", "--skill", "zzz"], "there are code-agent, idle, only-in-events"),
        (["edits", "--model", "zai/glm-4.8"], "no model 'zai/glm-4.8' is known; did you mean"),
        (["calls", "--tool", "bsh"], "no tool 'bsh' is known; did you mean bash?"),
        (["--directory", "appp"], "did you mean {project}/app?"),
        (["calls", "--session", "ses_2"], "no session 'ses_2' is known; did you mean ses_1?"),
    ],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_the_nearest_name_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str, form: str
) -> None:
    """As wrong usage: exit 2, and nothing on stdout."""
    monkeypatch.chdir(project)

    result = report(project, *arguments, "--format", form)

    assert (2, "") == (result.exit_code, result.stdout)
    # typer may break the line
    assert complaint.format(project=project.resolve()) in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["skills", "--skill", "only-in-events"],
        ["skills", "--skill", "idle"],
        ["unused", "--skill", "idle"],
        ["edits", "--model", "other/glm-4.7"],
        ["skills", "--skill", "code-agent", "--since", "2100-01-01"],
        ["--check", "--skill", "code-agent"],
        ["calls", "--session", "last"],
    ],
)
def test_a_known_name_that_fits_nothing_is_an_answer(project: Path, arguments: list[str]) -> None:
    """A skill that is installed and was never used is known, as is one without a row here."""
    assert 0 == report(project, *arguments).exit_code


def test_a_check_of_a_skill_that_nobody_knows_does_not_pass(project: Path) -> None:
    """It would pass for ever."""
    assert 2 == report(project, "--check", "--skill", "nope").exit_code


def test_before_anything_is_recorded_every_name_is_unknown_and_none_wrong(tmp_path: Path) -> None:
    """A command that is written down in CI works on the first day too."""
    empty(tmp_path).connection.close()

    result = report(tmp_path, "skills", "--skill", "code-agent")

    assert (0, "") == (result.exit_code, result.stderr)


def test_a_store_in_which_no_skill_is_says_so(tmp_path: Path) -> None:
    """There is no nearest one then."""
    store = empty(tmp_path)
    store.session()
    store.connection.close()

    result = report(tmp_path, "skills", "--skill", "code-agent")

    assert 2 == result.exit_code
    assert "no skill 'code-agent' is known; there is none yet" in " ".join(result.stderr.split())


def test_names_from_the_store_are_harmless(tmp_path: Path) -> None:
    """They are written to a terminal here as well."""
    store = empty(tmp_path)
    store.session()
    store.run("code\x1b[31m-agent")
    store.connection.close()

    result = report(tmp_path, "skills", "--skill", "code-agent\x1b[2J")

    assert "did you mean code\\x1b[31m-agent?" in result.stderr
    assert "\x1b" not in result.stderr
