"""Reading on in a database of OpenCode 2 whose rows change in place, are deleted and come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tachikoma_telemetry.opencode import watermark

from ..merging import merge_project, rows
from ..opencode_v2_changes import change_somehow
from ..opencode_v2_history import History, call, made_up
from ..random_history import seeds

# What the merge derives is its own: here is what the reader brings.
_DERIVED = {"active_skill", "counted", "source", "updated"}


def _kept(project: Path, store: Path, ids: set[str]) -> dict[str, dict[str, Any]]:
    """The messages and calls of these messages in a store, by their keys."""
    found = {}
    for table in ("messages", "calls"):
        names = rows(project, f"SELECT name FROM pragma_table_info('{table}')", store=store)
        for row in rows(project, f"SELECT * FROM {table}", store=store):
            values = dict(zip(names, row, strict=True))
            if values["message_id"] in ids:
                key = f"{table} {row[0]}"
                found[key] = {name: values[name] for name in values.keys() - _DERIVED}
    return found


def _reads_as_from_scratch(project: Path, folder: Path, seed: int, changes: int) -> None:
    random = Random(seed)
    history = History(folder / f"h{seed}.db", project)
    history.session()
    store = folder / f"{seed}.out"
    for number in range(changes):
        change_somehow(history, random)
        if random.random() < 0.3 or number == changes - 1:
            merge_project(project, history.path, store=store, journals=[])
    merge_project(project, history.path, store=folder / f"{seed}.new", journals=[])
    ids = {row_id for (row_id,) in history.db.execute("SELECT id FROM session_message")}
    history.close()

    # What was deleted or taken back stays in a store: it is history.
    again, scratch = (_kept(project, folder / f"{seed}.{each}", ids) for each in ("out", "new"))
    missing = {key: scratch[key] for key in scratch if again.get(key) != scratch[key]}
    assert not missing, (seed, missing, {key: again.get(key) for key in missing})


@pytest.mark.parametrize("seed", seeds(fast=2, all=6))
def test_reading_on_ends_where_reading_all_does(project: Path, tmp_path: Path, seed: int) -> None:
    """However rows change, move, are retried, settled late, taken back, deleted and forked."""
    _reads_as_from_scratch(project, tmp_path, seed, 60)


@pytest.mark.slow
def test_reading_on_in_many_histories(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for thirty longer ones, with rows marked that are near enough to matter."""
    monkeypatch.setattr(watermark, "MARKED_BEFORE", (2, 10, 40))
    for seed in range(100, 130):
        _reads_as_from_scratch(project, tmp_path, seed, 120)


def test_a_message_that_is_asked_for_again(project: Path, tmp_path: Path) -> None:
    """A retry begins a message's times again, after it had ended and was read."""
    history = History(tmp_path / "opencode.db", project)
    message = history.step(history.session(), tokens=7)
    merge_project(project, history.path)
    history.pass_time(7_200_000)
    history.retry(message)
    merge_project(project, history.path)
    assert [(history.at, None, None)] == rows(
        project, "SELECT created, completed, tokens_input FROM messages"
    )
    history.finish(message, call("read", "a", at=history.at), tokens=9)

    merge_project(project, history.close())

    assert [(history.at, 9)] == rows(project, "SELECT completed, tokens_input FROM messages")
    assert ["a"] == rows(project, "SELECT call_id FROM calls")


def test_rows_that_were_taken_back(project: Path, tmp_path: Path) -> None:
    """The rows that take their place, under their rowids, are read; those of before stay."""
    history = History(tmp_path / "opencode.db", project)
    session = history.session()
    history.step(session, call("read", "a", at=history.at))
    taken = history.step(session, call("read", "b", at=history.at))
    merge_project(project, history.path)
    history.revert(session, taken)
    history.step(session, call("read", "c", at=history.at))

    merge_project(project, history.close())

    assert ["a", "b", "c"] == rows(project, "SELECT call_id FROM calls ORDER BY call_id")


def test_what_was_taken_back_is_not_all_there_is(project: Path, tmp_path: Path) -> None:
    """Only some hundred rows before it are read once more, and counted once; a change that OpenCode
    does not make, far before them, shows that those are not.
    """
    history = History(tmp_path / "opencode.db", project)
    session = history.session()
    first = history.step(session, call("read", "a", at=history.at))
    for number in range(250):
        history.pass_time(100_000)
        history.row(session, "hologram" if number in (40, 245) else "idle", outcome="succeeded")
    taken = [history.step(session, call("read", each, at=history.at)) for each in "bc"]
    merge_project(project, history.path)
    history.finish(first, call("read", "z", at=history.at))
    history.revert(session, taken[0])
    history.pass_time(100_000)
    history.row(session, "hologram", text="x")
    for each in "def":
        history.step(session, call("read", each, at=history.at))

    merge_project(project, history.close())

    assert [*"abcdef"] == rows(project, "SELECT call_id FROM calls ORDER BY call_id")
    unknown = rows(project, "SELECT unknown FROM merge_state WHERE kind = 'database'")
    assert [{"session_message type hologram": 3}] == [json.loads(each) for each in unknown]


def test_a_database_whose_sessions_were_all_deleted(project: Path, tmp_path: Path) -> None:
    """It is one of OpenCode, without anything in it."""
    history = History(tmp_path / "opencode.db", project)

    (warning,) = merge_project(project, history.close()).warnings

    assert "is empty" in warning


_STRANGE: tuple[Any, ...] = ({"a": []}, [[]], 10**30, -1.5, "x" * 2000, None, True)


@pytest.mark.slow
def test_rows_that_hold_anything(project: Path, tmp_path: Path) -> None:
    """Whatever stands where something else should, in a row of any type: the others are read."""
    history = History(tmp_path / "opencode.db", project)
    made_up(history)
    history.db.execute("BEGIN")
    for row_id, text in history.db.execute("SELECT id, data FROM session_message").fetchall():
        body = json.loads(text)
        for number, (holder, key) in enumerate(_places(body)):
            before = holder[key]
            for strange in _STRANGE:
                holder[key] = strange
                history.db.execute(
                    "INSERT INTO session_message SELECT ?, session_id, type, seq + ?, "
                    "time_created, time_updated, ? FROM session_message WHERE id = ?",
                    (f"{row_id}~{number}{strange!r:.9}", _far(history), json.dumps(body), row_id),
                )
            holder[key] = before

    history.db.execute("COMMIT")

    summary = merge_project(project, history.close())

    assert 21 <= summary.calls


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value: what holds it, and its key or index there."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _far(history: History) -> int:
    """A number that none had before, far above those of sequences."""
    history.at += 1
    return history.at
