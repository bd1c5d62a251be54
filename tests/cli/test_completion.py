"""What the shell offers at Tab."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.cli import completion
from tachikoma_telemetry.cli.completion import log_words

from ..journal_at import ROOT
from ..live import database_of
from ..merging import merge_project

ROOT_OF_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def known(project: Path) -> Path:
    """A project with a store, a recorded skill and one that is only installed."""
    folder = project / ".opencode" / "skill" / "installed"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: installed\ndescription: x\n---\n")
    with telemetry.skill_run("recorded"):
        pass
    with telemetry.skill_run("bad\nname"):
        pass
    merge_project(project, database_of(project / "opencode.db", project).close())
    return project


def test_skills_and_models_of_the_store_are_offered(known: Path) -> None:
    """Those of the store, and skills that were never used; names with line breaks are left out."""
    assert {"installed", "recorded"} <= set(completion.skills(""))
    assert ["recorded"] == completion.skills("rec")
    assert completion.models("")
    assert [] == completion.models("no-such")


def test_without_a_store_nothing_is_offered(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a store, or with a broken one, there is just nothing."""
    assert [] == completion.models("")
    store = project / ".opencode" / "telemetry" / "unified.db"
    store.parent.mkdir(parents=True)
    store.write_text("no store")
    assert [] == completion.models("")


def test_sections_and_schemas_are_offered_by_how_they_begin() -> None:
    """By the beginning of their names."""
    assert ["skills", "sessions"] == completion.sections("s")
    assert ["event"] == completion.schemas("e")


@pytest.mark.parametrize(
    ("before", "word", "offered"),
    [
        ([], "ite", ["iteration"]),
        (["iteration"], "--st", ["--stage"]),
        (["iteration", "--verdict"], "p", ["pass"]),
        (["iteration", "--stage"], "", []),
        (["run"], "--pe", ["--per"]),
        (["no-such"], "--st", ["--stdin"]),
        (["edit", "--skill"], "rec", ["recorded"]),
    ],
)
def test_the_words_of_log_are_offered(
    known: Path, before: list[str], word: str, offered: list[str]
) -> None:
    """An event, its options, and what they take."""
    assert offered == log_words(before, word)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("report ite", "iterations"),
        ("report skills --skill rec", "recorded"),
        ("schema un", "unified"),
        ("log skill-run-f", "skill-run-finished"),
        ("log skill-run-finished --outc", "--outcome"),
    ],
)
def test_the_command_answers_as_bash_needs_it(known: Path, line: str, offered: str) -> None:
    """The command answers in typer's protocol for bash."""
    words = f"tachikoma-telemetry {line}"
    asked = {
        "_TACHIKOMA_TELEMETRY_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "PYTHONPATH": str(ROOT),
    }
    code = "import sys; sys.argv[0] = 'tachikoma-telemetry'\n"
    code += "from tachikoma_telemetry import cli; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked},
        cwd=known,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [offered] == done.stdout.split()


def test_the_command_has_a_short_name() -> None:
    """The same command, which completes under each of its names."""
    written = tomllib.loads((ROOT_OF_REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    scripts = written["project"]["scripts"]

    assert {"tachikoma-telemetry", "tachi"} == set(scripts)
    assert 1 == len(set(scripts.values()))
