"""An event type is one entry of one table: a made-up one works wherever events do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tachikoma_telemetry import project, telemetry
from tachikoma_telemetry.cli.log.command import main as log
from tachikoma_telemetry.schemas import event_schema
from tachikoma_telemetry.vocabulary import ranges
from tachikoma_telemetry.vocabulary.events import EVENT_TYPES, EventType, Field
from tachikoma_telemetry.vocabulary.retention import KINDS, cutoffs

from ..journal_at import document
from ..merging import merge_project, rows

REVIEW = EventType(
    "a reviewer looked at a change",
    {
        "comments": Field("integer", "how many", ranges.INDEX),
        "approved": Field("flag", "whether the change may go in"),
    },
    example="--comments 3 --approved",
    retention="intents",
    needs=(("approved",),),
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose package knows reviews."""
    (tmp_path / ".opencode").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(EVENT_TYPES, "code_review", REVIEW)
    return tmp_path


def test_a_made_up_type(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is recorded from Python and from a shell, is merged, and is in the schema."""
    first = telemetry.record("code_review", {"comments": 1, "approved": False})
    log(["code-review", "--comments", "3", "--approved"])

    events = document(project.journal_path(root))
    assert [first, capsys.readouterr().out.strip()] == [each["id"] for each in events]
    assert [(1, False), (3, True)] == [(each["comments"], each["approved"]) for each in events]
    merge_project(root)
    bodies = rows(
        root, "SELECT body FROM events WHERE type = 'code_review' ORDER BY time, event_id"
    )
    assert [1, 3] == [json.loads(each)["comments"] for each in bodies]
    validator = Draft202012Validator(event_schema())
    assert [] == [error for each in events for error in validator.iter_errors(each)]
    assert not validator.is_valid({**events[0], "comments": "three"})
    assert ("intent", "label", "code_review") == tuple(cutoffs({"intents": 0}))


def test_its_words_in_log(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`log` has its summary, its example and its fields, and refuses one that says too little."""
    with pytest.raises(SystemExit):
        log(["code-review", "--help"])
    text = capsys.readouterr().out
    for words in (
        "A reviewer looked at a change",
        "code-review --comments 3 --approved",
        "how many",
    ):
        assert words in text
    with pytest.raises(SystemExit):
        log(["code-review", "--comments", "3"])
    assert "code-review says nothing without --approved" in capsys.readouterr().err


def test_what_an_entry_names_exists() -> None:
    """Each type has a kind of retention, and needs only fields that it or the envelope has."""
    for known in EVENT_TYPES.values():
        assert known.retention in KINDS
        named = {name for group in known.needs for name in group} - {"*", "run_id"}
        assert named <= known.fields.keys()
        assert known.about is None or known.fields[known.about].required
