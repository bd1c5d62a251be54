"""A real OpenCode for tests: the whole scenario once a version, or a sandbox for a few steps.

Where it cannot be had, the tests that need it are skipped and say why; in CI that is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scripted import versions
from tests.scripted.history import History
from tests.scripted.model_server import ModelServer, Step
from tests.scripted.play import play
from tests.scripted.sandbox import Finished, Sandbox
from tests.scripted.turn import prompt

# OpenCode 2 is one of them where it can be had; else one test says so (test_scripted_for_2.py).
_VERSIONS = (*versions.VERSIONS, *([versions.OPENCODE_2] if versions.HAS_OPENCODE_2 else []))
ALL_VERSIONS = [pytest.param(version, marks=pytest.mark.opencode) for version in _VERSIONS]

_played: dict[str, History] = {}


@pytest.fixture(scope="session", params=ALL_VERSIONS)
def real_history(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """The scenario, played by a real OpenCode of each version. To be read, not to be changed."""
    version: str = request.param
    if version not in _played:
        available(version)
        folder = tmp_path_factory.mktemp(f"opencode-{version}")
        _played[version] = play(version, folder / "project", folder / "home")
    return _played[version]


@pytest.fixture(params=ALL_VERSIONS)
def opencode_version(request: pytest.FixtureRequest) -> str:
    """Each version of OpenCode in turn, installed."""
    version: str = request.param
    available(version)
    return version


def available(version: str) -> None:
    """Skip the test, with the reason, unless this OpenCode and what it needs can be had."""
    try:
        versions.binary(version)
        versions.ripgrep()
    except versions.Unavailable as reason:
        pytest.skip(f"no real OpenCode {version}: {reason}")


@dataclass
class Session:
    """A sandbox in which the model follows one script, named ``test``."""

    sandbox: Sandbox
    server: ModelServer

    def run(self, *arguments: str) -> Finished:
        """``opencode run``; the model follows the script when no other message is given."""
        finished = self.sandbox.run("run", *(arguments or (prompt("test"),)))
        assert [] == self.server.problems
        assert 0 == finished.returncode, finished.stderr
        return finished


BeginSession = Callable[[Sequence[Step]], Session]


@pytest.fixture
def begin_session(opencode_version: str, tmp_path: Path) -> Iterator[BeginSession]:
    """Begin a session in a sandbox of its own: ``begin_session(steps)``, once in a test."""
    server = ModelServer({})

    def begun(steps: Sequence[Step]) -> Session:
        server.scripts = {"test": steps}
        sandbox = Sandbox(opencode_version, tmp_path / "project", tmp_path / "home", server.url)
        sandbox.create()
        return Session(sandbox, server)

    with server:
        yield begun
