"""A logger of the predecessor's API, in a project of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry.legacy import TelemetryLogger


@pytest.fixture
def telemetry(project: Path) -> TelemetryLogger:
    """A logger in a project of its own."""
    return TelemetryLogger()


@pytest.fixture
def journal(project: Path) -> Path:
    """The project's journal."""
    return project / ".opencode" / "telemetry" / "metrics.json"
