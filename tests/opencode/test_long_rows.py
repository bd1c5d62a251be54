"""Rows too long to be loaded are cut, and nothing but the middle of their long texts is lost."""

from __future__ import annotations

import json
import random
import sqlite3
from typing import Any

import pytest

from tachikoma_telemetry.opencode import long_row

LIMIT = 1 << 24
CHARACTERS = ["a", '"', "\\", "\n", "é", "€", "😀", "\x00", "\x7f", "\ufffe"]


def _shortened(value: Any, *, ascii_only: bool = False, limit: int = LIMIT) -> Any:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE part (data text)")
    db.execute("INSERT INTO part VALUES (?)", (json.dumps(value, ensure_ascii=ascii_only),))
    try:
        return long_row.shortened(db, "part", 1, limit)
    finally:
        db.close()


@pytest.mark.parametrize("ascii_only", [True, False])
def test_any_text_can_be_cut(ascii_only: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the cut falls, the ends are those of the text, and the rest of the row as it was."""
    monkeypatch.setattr(long_row, "_PIECE_BYTES", 61)
    for seed in range(400):
        chance = random.Random(seed)
        monkeypatch.setattr(long_row, "_KEEP_BYTES", chance.randrange(40, 80))
        text = "".join(chance.choices(CHARACTERS, k=chance.randrange(600)))
        value = {"x": text, "short": 'a "b" \\', text[:5]: [1, {"y": text[::-1]}, None, "end"]}

        found = _shortened(value, ascii_only=ascii_only)

        assert found.keys() == value.keys(), seed
        assert 'a "b" \\' == found["short"], seed
        head, cut, tail = found["x"].partition(" … ")
        if cut:
            assert text.startswith(head), seed
            # Of an escape that was cut some letters may be left.
            assert text.endswith(tail[4:]), seed
            assert len(tail) > 2, seed
        else:
            assert text == found["x"], seed
        assert [1, None, "end"] == [found[text[:5]][at] for at in (0, 2, 3)], seed


def test_what_is_no_json_is_none() -> None:
    """A row that breaks off, and one whose length is not in its texts, can't be read."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE part (data text)")
    db.execute('INSERT INTO part VALUES (\'{"a": "bcd\')')
    assert long_row.shortened(db, "part", 1, LIMIT) is None
    db.close()
    assert _shortened([1] * 1000, limit=500) is None


def test_thousands_of_texts_are_cut_shorter() -> None:
    """Where the long texts are many, less is left of each."""
    value = {"texts": ["x" * 5000] * 400, "last": "y"}

    found = _shortened(value, limit=1_000_000)

    assert 400 == len(found["texts"])
    assert {1015} == {len(each) for each in found["texts"]}
    assert "y" == found["last"]
