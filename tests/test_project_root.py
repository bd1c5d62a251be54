"""Which folder is the project's root, where more than one user can write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.project import find_root

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize("theirs", [".", ".opencode", ".git"])
def test_what_another_user_put_into_a_folder_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str
) -> None:
    """Events go into the folder that the skill works in, not into that user's."""
    above, work = tmp_path / "all", tmp_path / "all" / "work"
    marker = above / (theirs if theirs != "." else ".opencode")
    work.mkdir(parents=True)
    marker.mkdir()
    above.chmod(0o1777)
    os.chown(above / theirs, NOBODY, -1)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(work)

    telemetry.intent("debug", confidence=0.5)

    assert work == find_root()
    assert (work / ".opencode/telemetry/metrics.json").exists()
    assert not (above / ".opencode/telemetry").exists()
    # Named on purpose, it counts.
    monkeypatch.setenv("TACHIKOMA_PROJECT", str(above))
    assert above == find_root()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_an_own_mark_beside_another_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository of one's own is a root, though another user put something into it."""
    (tmp_path / "all" / ".opencode").mkdir(parents=True)
    (tmp_path / "all" / ".git").mkdir()
    (tmp_path / "all" / "a").mkdir()
    os.chown(tmp_path / "all" / ".opencode", NOBODY, -1)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tmp_path / "all" == find_root(tmp_path / "all" / "a")
