"""`tachikoma-telemetry log`: recording from a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.find import is_missing
from tachikoma_telemetry.vocabulary.events import EVENT_TYPES

from ..command_line import Finished, run_process
from .log_command import log, options, recorded, wrap

EXAMPLES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "iteration": (
        [
            "--stage",
            "verify",
            "--index",
            "1",
            "--max",
            "3",
            "--failed",
            "--failed-criteria",
            "logic,edge_cases",
            "--score",
            "0.4",
            "--duration-ms",
            "12.5",
            "--tokens",
            "7",
        ],
        {
            "stage": "verify",
            "index": 1,
            "max": 3,
            "passed": False,
            "failed_criteria": ["logic", "edge_cases"],
            "score": 0.4,
            "duration_ms": 12.5,
            "tokens": 7,
        },
    ),
    "skill-run-paused": (
        ["--run-id", "r1", "--tokens-output", "7"],
        {"run_id": "r1", "tokens_output": 7},
    ),
    "retry": (["--attempt", "2", "--reason", "a b"], {"attempt": 2, "reason": "a b"}),
    "edit": (
        ["--format", "patch", "--success", "--edit-id", "e1", "--final", "--model", "zai/glm-4.7"],
        {
            "format": "apply_patch",
            "success": True,
            "edit_id": "e1",
            "final": True,
            "model": "zai/glm-4.7",
        },
    ),
    "edit_format": (["--format", "whole", "--failed"], {"format": "whole", "success": False}),
    "rlm-chunk": (
        options("--index 0 --total 10 --size 50000 --unit chars --mode parallel --wave 1"),
        {"index": 0, "total": 10, "size": 50000, "unit": "chars", "mode": "parallel", "wave": 1},
    ),
    "intent": (
        options(
            "--intent debug --confidence .8 --not-escalated --alternatives implement=0.1 "
            "--alternatives review=0.05"
        ),
        {
            "intent": "debug",
            "confidence": 0.8,
            "escalated": False,
            "alternatives": {"implement": 0.1, "review": 0.05},
        },
    ),
    "label": (["ev1", "--actual", "x", "--wrong"], {"event_id": "ev1", "correct": False}),
    "skill-run-started": (["--trigger", "cron", "--run-id", "r"], {"trigger": "cron"}),
    "skill-run-finished": (["--outcome", "failed", "--run-id", "r"], {"outcome": "failed"}),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_event_type_has_a_subcommand(project: Path, name: str) -> None:
    """Each event type has a subcommand, which records the event and prints its id."""
    options, expected = EXAMPLES[name]
    done = log(
        name, *options, "--skill", "code-agent", "--attribute", "n=3", "--attribute", "t=a=b"
    )
    assert (0, name == "label") == (done.returncode, "no event ev1" in done.stderr)
    (event,) = recorded(project)
    assert event["id"] == done.stdout.strip()
    assert "code-agent" == event["skill"]
    assert {"n": 3, "t": "a=b"} == event["attributes"]
    assert expected == {name: event[name] for name in expected}


def _label(event: str, **environment: str) -> Finished:
    return log("label", event, "--actual", "debug", **environment)


@pytest.mark.slow
def test_a_label_of_an_unknown_event_is_recorded_and_said(project: Path) -> None:
    """A label whose event is not in the journal is recorded, and said to be of an unknown event."""
    event = log("intent", "--intent", "debug").stdout.strip()
    known, unknown, again = _label(event), _label(event[:-1] + "x"), _label(event[:-1] + "x")

    assert (0, "") == (known.returncode, known.stderr)
    # The first label of it names it as well, but is not it.
    for done in (unknown, again):
        assert 0 == done.returncode
        assert 1 == done.stderr.count("\n")
        assert f"no event {event[:-1]}x in the journal here" in done.stderr
    assert 4 == len(recorded(project))
    assert "" == _label("nothing", TACHIKOMA_TELEMETRY="off").stderr


@pytest.mark.slow
def test_a_label_of_an_event_in_a_segment_is_of_a_known_one(project: Path) -> None:
    """Rotated segments and spilled events are of the journal as well."""
    folder = project / ".opencode" / "telemetry"
    folder.mkdir()
    segment = b'{"schema":"tachikoma.metrics/1","created":1,"events":[\n%b\n]}\n'
    event = b'{"id":"%b","type":"intent","time":1795384226012,"intent":"git"}'
    (folder / "metrics-1795384226012-0a1b2c3d.json").write_bytes(segment % (event % b"old"))
    (folder / "metrics-spill-1-1795384226012-0a1b2c3d.jsonl").write_bytes(event % b"new" + b"\n")

    assert ["", ""] == [_label("new").stderr, _label("old").stderr]


def test_of_a_long_journal_only_the_end_is_searched(tmp_path: Path) -> None:
    """Only the end of a journal is searched: an event that may be before it is not reported."""
    journal = tmp_path / "metrics.json"
    for number in range(9):
        append(str(journal), b'{"id":"event_%d","type":"retry","time":1795384226012}' % number)
    size = journal.stat().st_size

    assert not is_missing(str(journal), "event_0", size)
    assert is_missing(str(journal), "event_9", size)
    assert not is_missing(str(journal), "event_8", 300)
    assert not is_missing(str(journal), "event_9", 300)


def test_all_types_are_here() -> None:
    """No event type is without its example above."""
    named = {{"edit": "edit_format"}.get(name, name.replace("-", "_")) for name in EXAMPLES}
    assert named == set(EVENT_TYPES)


@pytest.mark.parametrize("name", [*EXAMPLES, "run", "batch"])
def test_every_subcommand_has_help_with_an_example(name: str) -> None:
    """Every subcommand has help, with an example."""
    done = log(name, "--help")
    assert 0 == done.returncode
    assert "example:\n  tachikoma-telemetry log " in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["iteration", "--index", "0"],
        ["iteration", "--score", "1.7"],
        ["iteration", "--duration-ms", "nan"],
        ["iteration", "--index", "one"],
        ["iteration", "--passed", "--failed"],
        ["iteration", "--verdict", "maybe"],
        ["retry", "--attribute", "novalue"],
        ["retry", "--time", "yesterday"],
        ["label"],
        ["skill-run-finished"],
        ["run", "--skill", "x"],
        ["run", "--", "true"],
        ["retry", "--project", "/nonexistent"],
    ],
    ids=" ".join,
)
def test_wrong_usage_records_nothing(project: Path, arguments: list[str]) -> None:
    """Wrong usage exits with 2, says why on stderr and records nothing."""
    done = log(*arguments)
    assert (2, "") == (done.returncode, done.stdout)
    assert "Traceback" not in done.stderr
    assert "error: " in done.stderr
    assert [] == recorded(project)


@pytest.mark.parametrize(
    ("arguments", "lacking"),
    [
        (["iteration", "--skill", "x"], "one of --stage, --index, --max, --passed/--failed, "),
        (["intent", "--confidence", ".8"], "intent says nothing without --intent"),
        (["edit", "--success"], "edit says nothing without --format"),
        (["edit", "--format", "whole"], "without one of --success/--failed, --edit-call-id, --der"),
        (["rlm-chunk"], "rlm-chunk says nothing without one of --index, "),
        (["label", "ev1"], "without one of --actual, --correct/--wrong, --accuracy"),
        (["skill-run-started", "--skill", "x"], "skill-run-started says nothing without --run-id"),
    ],
)
def test_what_says_nothing(project: Path, arguments: list[str], lacking: str) -> None:
    """An event that no report could use is wrong usage, and the sentence says what it lacks."""
    done = log(*arguments)
    assert (2, "") == (done.returncode, done.stdout)
    assert lacking in done.stderr
    assert [] == recorded(project)


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry"],
        ["iteration", "--attribute", "draft=2"],
        ["edit", "--format", "whole", "--edit-call-id", "call_7"],
        ["edit", "--format", "whole", "--derived"],
        ["skill-run-started", "--skill", "x"],
    ],
    ids=" ".join,
)
def test_what_says_enough(project: Path, arguments: list[str]) -> None:
    """A retry counts by itself; a call shows how its edit ended; the environment names the run."""
    done = log(*arguments, TACHIKOMA_RUN_ID="r")
    assert (0, "") == (done.returncode, done.stderr)
    assert 1 == len(recorded(project))


def test_what_can_not_be_recorded(project: Path) -> None:
    """An event that could not be written exits with 1 and one line."""
    (project / ".opencode" / "telemetry").write_text("a file")
    done = log("retry")
    assert (1, "", 1) == (done.returncode, done.stdout, done.stderr.count("\n"))


def test_project_chooses_where_it_is_recorded(project: Path, tmp_path: Path) -> None:
    """`--project` chooses where, before and behind the event's name."""
    other = tmp_path / "other"
    other.mkdir()
    log("--project", str(other), "retry")
    log("retry", "--project", str(other))
    assert ([], 2) == (recorded(project), len(recorded(other)))


def test_switched_off_it_does_nothing(project: Path) -> None:
    """Switched off, `log` does nothing, quietly, and `log run` just runs."""
    off = {"TACHIKOMA_TELEMETRY": "off"}
    assert (0, "") == ((done := log("retry", **off)).returncode, done.stdout)
    assert 5 == wrap("--", "sh", "-c", "exit 5", **off).returncode
    assert [] == os.listdir(project / ".opencode")


def test_identity_comes_from_the_environment(project: Path) -> None:
    """Identity comes from the environment unless it is said by hand."""
    env = {"TACHIKOMA_SESSION_ID": "ses_1", "TACHIKOMA_SKILL": "a", "TACHIKOMA_RUN_ID": "run_1"}
    log("retry", "--skill", "b", **env)
    (event,) = recorded(project)
    assert ("ses_1", "b", "run_1") == tuple(event[n] for n in ("session_id", "skill", "run_id"))


def test_quick_to_start() -> None:
    """`log` loads neither typer nor pydantic: a skill may call it for each event."""
    script = (
        "import sys; sys.argv[1:] = ['log', 'retry', '--help']\n"
        "from tachikoma_telemetry.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not {"typer", "pydantic", "orjson", "asyncio", "sqlite3"} & set(done.stdout.split())


_INSIDE = {
    "OPENCODE": "1",
    "TACHIKOMA_SESSION_ID": "ses_a",
    "TACHIKOMA_SKILL": "fixer",
    "TACHIKOMA_SKILL_CALL_ID": "c1",
}


def test_a_prompt_needs_no_ids(project: Path) -> None:
    """In OpenCode, what an agent logs is of the run of the skill's activation, verdict included."""
    for line in (
        "run --per activation -- false",
        "iteration --stage verify --failed",
        "skill-run-started",
        "skill-run-finished --outcome escalated",
    ):
        done = log(*options(line), **_INSIDE)
        assert "" == done.stderr
        assert int("false" in line) == done.returncode
    found = recorded(project)
    assert [
        "skill_run_started",
        "skill_run_paused",
        "iteration",
        "skill_run_started",
        "skill_run_finished",
    ] == [each["type"] for each in found]
    assert 1 == len({each["run_id"] for each in found})
    assert {"fixer"} == {each["skill"] for each in found}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("iteration --stge verify", "`iteration` has no '--stge'; did you mean '--stage'?"),
        ("edit --format=whole --sucess", "`edit` has no '--sucess'; did you mean '--success'?"),
        ("run --skil=x -- true", "`run` has no '--skil'; did you mean '--skill'?"),
        ("retry --nothing-like-it", "`retry` has no '--nothing-like-it'\n"),
    ],
)
def test_a_misspelt_option_is_wrong_usage(project: Path, line: str, said: str) -> None:
    """It is wrong usage, with the nearest option in the sentence."""
    done = log(*options(line))
    assert (2, True) == (done.returncode, said in done.stderr)
    assert [] == recorded(project)


def test_an_attribute_that_looks_like_a_field_is_recorded_and_said(project: Path) -> None:
    """It is recorded, and a line says what may be meant: nothing is missing, so it is no error."""
    done = run_process("log", "iteration", "--attribute", "stge=verify")
    assert (0, True) == (done.returncode, "did you mean 'stage'?" in done.stderr)
    assert [{"stge": "verify"}] == [each["attributes"] for each in recorded(project)]
