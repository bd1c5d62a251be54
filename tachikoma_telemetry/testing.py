"""For tests of skills: what was recorded, in memory.

    from tachikoma_telemetry.testing import capture

    def test_my_skill():
        with capture() as events:
            my_skill()
        assert events.one("skill_run_finished")["outcome"] == "succeeded"

As a pytest fixture:

    @pytest.fixture
    def events():
        with capture() as captured:
            yield captured
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .recording import problems, recorder

Event = dict[str, Any]


class Captured(list[Event]):
    """The events so far, in the order they were recorded."""

    def of(self, kind: str) -> list[Event]:
        """The events of type `kind`."""
        return [event for event in self if event["type"] == kind]

    def one(self, kind: str) -> Event:
        """The only event of type `kind`.

        Raises:
            AssertionError: when there is none, or more than one.
        """
        found = self.of(kind)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} events of type {kind}, not one: {self!r}")
        return found[0]


@contextmanager
def capture(*, strict: bool = True) -> Iterator[Captured]:
    """Take what any thread of this process records inside; no file is touched.

    Records even where ``TACHIKOMA_TELEMETRY=off`` is set, as it may be where tests run.

    Args:
        strict: whether what would be dropped with a warning raises a `TelemetryError`.
    """
    captured = Captured()
    before = recorder.sink
    changed = {"TACHIKOMA_TELEMETRY": "on", "TACHIKOMA_TELEMETRY_STRICT": "1" if strict else "0"}
    environment = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    recorder.sink = captured.append
    keeping, problems.keeping = problems.keeping, False
    try:
        yield captured
    finally:
        recorder.sink, problems.keeping = before, keeping
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


__all__ = ["Captured", "capture"]
