"""`tachikoma-telemetry log batch`: events as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .log_command import log, recorded


@pytest.mark.parametrize("form", [["batch"], ["--stdin"]])
def test_json_lines_are_recorded_one_by_one(project: Path, form: list[str]) -> None:
    """JSON lines are recorded one by one; a bad one is reported by its number, the others count."""
    lines = [
        {"type": "retry", "skill": "x", "attempt": 2, "time": 1_795_384_226_012, "extra": 1},
        {"type": "iteration", "passed": True, "attributes": {"a": "b"}, "id": "mine"},
        {"type": "nonsense"},
        {"type": "intent", "confidence": 1.7, "intent": "debug"},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n\nno json\n[1]\n"
    done = log(*form, given=text)
    assert 1 == done.returncode
    assert ["line 3", "line 4", "line 6", "line 7"] == [
        line.partition(":")[0] for line in done.stderr.splitlines()[:-1]
    ]
    events = recorded(project)
    assert ["retry", "iteration", "intent"] == [each["type"] for each in events]
    assert [each["id"] for each in events] == done.stdout.split()
    assert "4 lines were not recorded, or only in part: see above" in done.stderr
    assert (1_795_384_226_012, {"extra": 1}) == (events[0]["time"], events[0]["attributes"])
    assert ({"a": "b"}, True) == (events[1]["attributes"], events[1]["passed"])


def test_an_event_recorded_in_part(project: Path) -> None:
    """Its id is printed, so that a label can name it and nobody records it again."""
    done = log("retry", "--skill", "x", "--attribute", "note=")
    (event,) = recorded(project)
    assert (1, event["id"]) == (done.returncode, done.stdout.strip())
    assert "attribute 'note' is empty; dropped" in done.stderr


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{}", "line 1: it has no type; there are skill_run_started, "),
        ('{"type": "nonsense"}', "line 1: there is no type 'nonsense'; there are skill_run_start"),
        ('{"type": ["retry"]}', "line 1: there is no type ['retry']; there are "),
        ("no json", "line 1: it is no JSON ("),
        ("[1]", "line 1: it is no JSON object"),
        ('{"type": "intent"}', "line 1: intent says nothing without intent"),
        ('{"type": "edit_format", "format": "whole"}', "without one of success, edit_call_id, de"),
        ('{"type": "label", "event_id": "a", "actual": null}', "one of actual, correct, accuracy"),
        ('{"type": "skill_run_finished", "run_id": "r"}', "says nothing without outcome"),
        ('{"type": "retry", "attempt": 0}', "line 1: retry: attempt is below 1"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(project: Path, line: str, complaint: str) -> None:
    """What is wrong with a line is said in a sentence."""
    done = log("batch", given=line)
    assert 1 == done.returncode
    assert complaint in done.stderr
    assert done.stderr.endswith("1 line was not recorded, or only in part: see above\n")
    assert ('"attempt"' in line) == bool(recorded(project))
