"""The helper for people who test their skills."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tachikoma_telemetry import TelemetryError, telemetry
from tachikoma_telemetry.testing import capture


def test_events_are_captured_and_no_file_is_touched(project: Path) -> None:
    """Events are captured from every thread, and no file is touched."""
    with capture() as events:
        telemetry.retry(reason="here")
        thread = threading.Thread(target=telemetry.retry, args=("there",))
        thread.start()
        thread.join()
    assert ["here", "there"] == [each["reason"] for each in events.of("retry")]
    assert [] == os.listdir(project / ".opencode")
    telemetry.retry()
    assert 2 == len(events)


def test_one_is_for_the_only_event_of_its_type() -> None:
    """`one` is for the only event of its type."""
    with capture() as events:
        telemetry.retry()
        telemetry.intent("debug")
        telemetry.intent("debug")
    assert "retry" == events.one("retry")["type"]
    for kind in ("intent", "label"):
        with pytest.raises(AssertionError, match=kind):
            events.one(kind)


def test_captured_code_is_strict_unless_it_should_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Captured code is strict unless it is asked not to be; the environment is as before after."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY", "off")
    monkeypatch.delenv("TACHIKOMA_TELEMETRY_STRICT")
    with capture(), pytest.raises(TelemetryError):
        telemetry.intent("debug", confidence=2)
    with capture(strict=False) as events:
        telemetry.intent("debug", confidence=2)
    assert 1 == len(events)
    assert "off" == os.environ["TACHIKOMA_TELEMETRY"]
    assert "TACHIKOMA_TELEMETRY_STRICT" not in os.environ


def test_a_capture_inside_a_capture_takes_its_events() -> None:
    """A capture inside a capture takes its events for itself."""
    with capture() as outer:
        with capture() as inner:
            telemetry.retry()
        telemetry.intent("debug")
    assert (["retry"], ["intent"]) == ([e["type"] for e in inner], [e["type"] for e in outer])
