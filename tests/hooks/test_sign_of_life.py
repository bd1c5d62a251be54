"""The plugin's sign of life, as it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opencode_hooks import SignOfLife, signs_of_life


def test_what_the_plugin_wrote_is_read(tmp_path: Path) -> None:
    """One sign for each interface of OpenCode; a version that it did not say is unknown."""
    written = '{"plugin":3,"api":"v1","opencode":"1.18.33","loaded":1000,"heard":2000}\n'
    (tmp_path / "plugin-v1.json").write_text(written)
    (tmp_path / "plugin-v2.json").write_text('{"plugin":4,"loaded":1,"heard":2}')
    assert [
        SignOfLife("v1", "1.18.33", 3, 1000, 2000),
        SignOfLife("v2", None, 4, 1, 2),
    ] == signs_of_life(tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "no JSON",
        "[" * 3000,
        "[]",
        "{}",
        '{"plugin":3,"loaded":true,"heard":2}',
        '{"plugin":3,"loaded":-1,"heard":2}',
        '{"plugin":3,"loaded":1e999,"heard":2}',
        '{"plugin":3,"loaded":1,"heard":99999999999999999}',
        '{"plugin":3,"loaded":1,"heard":2}' + " " * 5000,
    ],
)
def test_what_is_none_of_ours_is_left_out(tmp_path: Path, written: str) -> None:
    (tmp_path / "plugin-v1.json").write_text(written)
    assert [] == signs_of_life(tmp_path)


def test_a_version_that_could_not_be_one_is_unknown(tmp_path: Path) -> None:
    strange = '{"plugin":3,"opencode":"\\u001b[2J","loaded":1,"heard":2}'
    (tmp_path / "plugin-v1.json").write_text(strange)
    assert [None] == [sign.opencode for sign in signs_of_life(tmp_path)]


def test_what_was_planted_keeps_nothing_waiting(tmp_path: Path) -> None:
    """A pipe, a folder, no folder at all."""
    os.mkfifo(tmp_path / "plugin-v1.json")
    (tmp_path / "plugin-v2.json").mkdir()
    assert [] == signs_of_life(tmp_path)
    assert [] == signs_of_life(tmp_path / "missing")
