"""The plugin by itself, as its tests share it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripted import versions
from tests.scripted.fixtures import available
from tests.scripted.plugin_driver import PluginDriver


@pytest.fixture(params=[versions.VERSIONS[0], versions.NEWEST])
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> PluginDriver:
    """The plugin in the oldest and the newest runtime, in a project of its own."""
    available(request.param)
    folder = tmp_path / "project"
    (folder / ".opencode").mkdir(parents=True)
    return PluginDriver(request.param, folder)
