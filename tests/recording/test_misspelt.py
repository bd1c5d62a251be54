"""Misspelt names: a sentence with the nearest one, and never an exception in the skill."""

from __future__ import annotations

import inspect
import json
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal import warnings
from tachikoma_telemetry.testing import Captured, capture

from ..journal_at import python


@pytest.fixture
def events() -> Iterator[Captured]:
    """What a test records, with warnings instead of exceptions."""
    with capture(strict=False) as captured:
        yield captured


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda run: run.iteration(stge="x"),
            "'stge' is kept as an attribute; did you mean",
        ),
        (lambda run: run.edit(fromat="whole", success=True), "edit has no 'fromat'; did you mean"),
        (lambda run: run.edit("whole", sucess=True), "no 'sucess'; did you mean 'success'?"),
        (lambda run: run.intent(), "intent needs 'intent'"),
        (lambda run: run.fail(resaon="x"), "fail has no 'resaon'; did you mean 'reason'?"),
        (
            lambda run: run.tokens(1, 2, 3),
            "tokens takes 2 values at most; those",
        ),
        (lambda run: run.tokens(1, input=2), "tokens has two values for 'input'; the first one"),
        (lambda run: run.attempts(mxa=2), "attempts has no 'mxa'; did you mean 'max'?"),
        (lambda run: run.rlm(totl=2), "rlm has no 'totl'; did you mean 'total'?"),
        (lambda run: run.succeed("well"), "succeed takes 0 values at most"),
        (lambda run: setattr(run.rlm_chunk(0), "tokns", 1), "a chunk has no 'tokns'; did you mean"),
        (lambda run: _set_pased(run.attempts()), "no 'pased'; did you mean 'passed'?"),
        (lambda run: run.edit_chain().attempt("whole"), "attempt needs 'success'"),
        (lambda run: telemetry.skill_run("x", finsh=False), "did you mean 'finish'?"),
        (lambda run: telemetry.retry(atempt=2), "retry: 'atempt' is kept as an attribute"),
    ],
)
def test_a_sentence_with_the_nearest_name(
    events: Captured, caplog: pytest.LogCaptureFixture, call: Callable[[Any], object], said: str
) -> None:
    """The call goes on without what it can't take."""
    with telemetry.skill_run("x") as run:
        call(run)
    assert [True] == [said in message for message in caplog.messages]
    assert events.of("skill_run_finished")


def _set_pased(attempts: Iterable[Any]) -> None:
    next(iter(attempts)).pased = True


def test_attributes_of_your_own_are_no_mistakes(
    events: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """A name that is only a little like a field's is an attribute without a word."""
    telemetry.iteration(tokens_in=5, mode="x", file="a", language="py", size_kb=3)
    with telemetry.skill_run("x", ticket="A-1", mode="fast", names="a", name_of_file="b"):
        pass
    assert [] == caplog.messages
    assert 5 == len(events[0]["attributes"])


def test_what_the_body_raises_is_not_ours(events: Captured) -> None:
    """A `TypeError` of the skill's own code goes on unchanged, and its function runs once."""
    calls = []

    @telemetry.skill_run("x")
    def body(given: int) -> int:
        calls.append(given)
        return given + None  # type: ignore[operator]

    with pytest.raises(TypeError, match="unsupported operand"):
        body(1)
    assert [1] == calls


def test_signatures_are_shown_as_they_are() -> None:
    """Editors and `help` see the arguments, not those of a wrapper."""
    assert ["stage", "index", "max", "passed"] == [
        *inspect.signature(telemetry.iteration).parameters
    ][:4]
    assert "per" in inspect.signature(telemetry.skill_run).parameters


_WARN = "from tachikoma_telemetry import telemetry\nfor _ in range(3): telemetry.retry(atempt=2)"


def test_a_warning_is_a_line_outside_of_opencode(project: Path) -> None:
    """One line on stderr, whatever the loop; inside, where an agent would read it, none."""
    line = "retry: 'atempt' is kept as an attribute; did you mean 'attempt'?"
    lenient = {"TACHIKOMA_TELEMETRY_STRICT": "0"}
    outside = python(_WARN, cwd=project, env=lenient).communicate()[1]
    inside = python(_WARN, cwd=project, env={**lenient, "OPENCODE": "1"}).communicate()[1]
    assert (f"{line}\n", "") == (outside, inside)
    journal = project / ".opencode" / "telemetry" / "metrics.json"
    (kept,) = warnings.kept(str(journal))
    assert (line, 2) == (kept.message, kept.processes)
    assert 0o600 == stat.S_IMODE((journal.parent / warnings.NAME).stat().st_mode)


def test_kept_warnings_have_a_limit(tmp_path: Path) -> None:
    """A skill that warns for ever fills no disk, and the newest warnings are there."""
    journal = str(tmp_path / "metrics.json")
    for number in range(400):
        warnings.keep(journal, f"{number} " + "x" * 10_000, number)
    kept = warnings.kept(journal)
    assert (399, 1) == (kept[0].last, kept[0].processes)
    assert (tmp_path / warnings.NAME).stat().st_size < 70_000


def test_damaged_and_planted_files_of_warnings(tmp_path: Path) -> None:
    """A torn line is skipped; a link is neither read nor written."""
    journal, file = str(tmp_path / "metrics.json"), tmp_path / warnings.NAME
    assert [] == warnings.kept(journal)
    file.write_text(
        '{"time": 1, "mess\n[]\n{"time": 1e999, "message": 1}\n{"time":2,"message":"x"}\n'
    )
    assert [("x", 1, 2)] == warnings.kept(journal)
    file.unlink()
    (tmp_path / "elsewhere").write_text(json.dumps({"time": 1, "message": "x"}))
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        warnings.keep(journal, "y", 1)


@pytest.mark.parametrize("word", ["off", "0", "false", "no", "Disabled "])
def test_every_word_for_off_switches_it_off(
    project: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """Whichever a user tries first, nothing is recorded and no file is touched."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY", word)
    telemetry.retry(atempt=2)
    assert not (project / ".opencode" / "telemetry").exists()


def test_a_relative_folder_is_the_projects(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder of a project has one `TACHIKOMA_TELEMETRY_DIR`; `~` is the home."""
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", "kept/here")
    for folder in (project, below):
        monkeypatch.chdir(folder)
        telemetry.retry()
    assert 2 == len(json.loads((project / "kept" / "here" / "metrics.json").read_bytes())["events"])
    monkeypatch.setenv("HOME", str(project / "home"))
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", "~/mine")
    telemetry.retry()
    assert (project / "home" / "mine" / "metrics.json").exists()


def test_a_run_without_a_name_is_of_an_unknown_skill(
    events: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """Even that is no exception: the run is of an unknown skill."""
    with telemetry.skill_run():  # type: ignore[call-overload]
        pass
    assert "unknown" == events[0]["skill"]
    assert "skill_run needs 'name'" == caplog.messages[0]
