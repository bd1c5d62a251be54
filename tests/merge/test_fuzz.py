"""Recorded databases with rows broken in every way: nothing stops the merge, the rest is right."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from tachikoma_telemetry.merge.merge import Summary
from tests.scripted import recordings, versions

from ..merging import merge_project, rows
from ..opencode_json import as_json
from ..opencode_rows import START, Rows
from ..opencode_v2_rows import V2Rows, tool

# Together 20,000 broken rows of messages and parts, on four recordings.
ROUNDS = 34
SHARE = 0.5
# Columns without a type take anything, as SQLite does of those who ask it to.
LOOSE = """
ALTER TABLE {table} RENAME TO strict_{table};
CREATE TABLE {table} AS SELECT * FROM strict_{table} ORDER BY rowid;
CREATE INDEX {table}_ids ON {table} (id);
DROP TABLE strict_{table};
"""
STRANGE: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    -1e300,
    2**53,
    2**63,
    2**64 - 1,
    "",
    " ",
    "x" * 2000,
    "a\0b",
    "\x1b[31mred\x1b]0;title\x07",
    "../../etc/passwd",
    "'; DROP TABLE calls; --",
    "\u202eright to left\ufffe",
    [],
    {},
    [None],
    {"a": {"b": []}},
    -1_795_000_000_000,
    99_999_999_999_999,
]

# The keys that the merge looks at; the others are broken less often.
LOOKED_AT = frozenset(
    (
        *("type", "role", "tool", "callID", "state", "status", "input", "output", "metadata"),
        *("exit", "sessionId", "error", "time", "start", "end", "created", "completed", "name"),
        *("providerID", "modelID", "agent", "tokens", "cost", "filePath", "command", "text"),
    )
)


class Broken(NamedTuple):
    """A value for `data`; `unreadable` when no row can be made of it."""

    data: object
    unreadable: bool


def _break(random: random.Random, data: bytes) -> Broken:
    """Break a row's JSON in one way or another."""
    whole: list[Callable[[], object]] = [
        lambda: data[: random.randrange(len(data))] or b"{",
        lambda: b"",
        lambda: None,
        lambda: random.randrange(-(2**62), 2**62),
        lambda: random.choice([b"[]", b"null", b'"text"', b"1", b"[" * 5000, b"{" * 5000]),
        lambda: data[:-1] + b"\xff\xfe\x80}",
        lambda: b'{"type":"tool","x":"\\ud80"}',
        lambda: random.randbytes(200),
        lambda: data.decode().encode("utf-16"),
        lambda: b'{"time":{"created":NaN}}',
    ]
    if random.random() < 0.4:
        return Broken(random.choice(whole)(), unreadable=True)
    body = orjson.loads(data)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        places = list(_places(body))
        looked_at = [place for place in places if place[1] in LOOKED_AT]
        holder, key = random.choice(looked_at if looked_at and random.random() < 0.6 else places)
        if random.random() < 0.25:
            del holder[key]
        else:
            # A copy: a list that was put somewhere may be broken itself, next.
            holder[key] = deepcopy(random.choice(STRANGE))
        if not body:
            break
    broken = orjson.dumps(body)
    if random.random() < 0.1:
        # Half of a character, as it is left of an emoji that was cut.
        broken = broken.replace(b':"', random.choice((b':"\\ud83d', b':"\\\\\\ude00')), 1)
    return Broken(broken, unreadable=False)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place inside a JSON value that something else can be put in."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(inside):
        yield value, key
        if isinstance(each, (dict, list)):
            yield from _places(each)


class Recording(NamedTuple):
    """A recording to break, and what is right for its rows."""

    database: Path
    journal: Path
    calls: dict[str, Any]
    messages: dict[str, Any]


CALLS = (
    "SELECT call_key, session_id, message_id, call_id, tool, outcome, reason, started, ended, "
    "exit_code, model, agent, skill, skill_version, file_digest, child_id, copied FROM calls"
)
MESSAGES = (
    "SELECT message_id, session_id, role, created, completed, model, tokens_input, cost, copied "
    "FROM messages"
)


def _merge(folder: Path, database: Path, journal: Path, *, again: bool = False) -> Summary:
    if not again:
        for file in folder.glob("unified.db*"):
            file.unlink()
    store = folder / "unified.db"
    return merge_project(recordings.PROJECT, database, store=store, journals=[journal])


def _found(folder: Path, query: str) -> dict[str, Any]:
    return {row[0]: row for row in rows(folder, query, store=folder / "unified.db")}


@pytest.fixture(scope="module", params=versions.VERSIONS)
def recording(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Recording:
    """Each recording in one file, its columns without types."""
    return loosened(request.param, tmp_path_factory.mktemp("recording"))


def loosened(version: str, folder: Path) -> Recording:
    """The recording of a version in one file in `folder`, its columns without types."""
    history = recordings.unpack(version, folder / "unpacked")
    database, journal = history.database, history.journal
    connection = sqlite3.connect(database, isolation_level=None)
    for table in ("session", "message", "part"):
        connection.executescript(LOOSE.format(table=table))
    connection.execute("CREATE INDEX parts_of ON part (message_id)")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    assert 0 == _merge(folder, database, journal).malformed
    return Recording(database, journal, _found(folder, CALLS), _found(folder, MESSAGES))


def _damage(
    recording: Recording,
    folder: Path,
    random: random.Random,
    damage: Callable[[sqlite3.Connection, random.Random], Any],
) -> tuple[Path, Any]:
    copy = folder / "broken.db"
    shutil.copyfile(recording.database, copy)
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    result = damage(connection, random)
    connection.execute("COMMIT")
    connection.close()
    return copy, result


def _damage_data(db: sqlite3.Connection, random: random.Random) -> tuple[set[str], int, int]:
    """Break the data of half of the rows: their ids, how many, and how many can't be read."""
    broken, unreadable = set(), 0
    for table in ("message", "part"):
        for rowid, key, data in db.execute(f"SELECT rowid, id, data FROM {table}").fetchall():
            if random.random() >= SHARE:
                continue
            value = _break(random, data.encode())
            db.execute(f"UPDATE {table} SET data = ? WHERE rowid = ?", (value.data, rowid))
            broken.add(key)
            counts = table == "message" or '"type":"tool"' in data
            unreadable += value.unreadable and counts
    return broken, len(broken), unreadable


@pytest.mark.slow
def test_broken_data_is_counted_and_the_rest_is_kept(recording: Recording, tmp_path: Path) -> None:
    """Half of all rows hold something else: what is broken is counted, the rest is as it was."""
    total = sum(merge_broken_data(recording, tmp_path, seed) for seed in range(ROUNDS))
    assert total > 20_000 / len(versions.VERSIONS)


def merge_broken_data(recording: Recording, folder: Path, seed: int) -> int:
    """Merge the recording with half of its rows broken, twice; how many were broken."""
    path, (broken, number, unreadable) = _damage(
        recording, folder, random.Random(seed), _damage_data
    )
    summary = _merge(folder, path, recording.journal)

    assert summary.malformed >= unreadable, seed
    calls, messages = _found(folder, CALLS), _found(folder, MESSAGES)
    for key, row in recording.messages.items():
        if key not in broken:
            assert row == messages.get(key), seed
    for key, row in recording.calls.items():
        if not broken & {key, row[2]}:
            assert row == calls.get(key), seed
    again = _merge(folder, path, recording.journal, again=True)
    assert (0, summary.malformed) == (again.changed_sessions, again.malformed), seed
    return int(number)


COLUMNS = frozenset(
    (
        *("id", "session_id", "message_id", "parent_id", "directory", "title", "version"),
        *("time_created", "time_updated"),
    )
)


def _damage_columns(db: sqlite3.Connection, random: random.Random) -> set[str]:
    """Put anything into the other columns: ids, times, folders; make parents of each other."""
    broken = set()
    for table in ("session", "message", "part"):
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        values = [each for each in STRANGE if not isinstance(each, (list, dict))]
        values = [each for each in values if not isinstance(each, int) or each < 2**63]
        values += [b"\xff\xfe", b"\0", "ses_nowhere", "msg_nowhere"]
        for rowid, key in db.execute(f"SELECT rowid, id FROM {table}").fetchall():
            if random.random() < 0.2:
                column = random.choice([name for name in columns if name in COLUMNS])
                value = random.choice(values)
                db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))
                broken.add(key)
    sessions = [row[0] for row in db.execute("SELECT id FROM session")]
    for rowid in range(1, len(sessions) + 1):
        if random.random() < 0.5:
            parent = random.choice(sessions)
            db.execute("UPDATE session SET parent_id = ? WHERE rowid = ?", (parent, rowid))
    return broken


@pytest.mark.slow
def test_ids_times_and_folders_may_be_anything(recording: Recording, tmp_path: Path) -> None:
    """Ids, times and folders may be anything, sessions each other's parents."""
    for seed in range(60):
        merge_broken_columns(recording, tmp_path, seed)


def merge_broken_columns(recording: Recording, folder: Path, seed: int) -> int:
    """Merge the recording with a fifth of its rows' columns broken; how many rows were."""
    path, broken = _damage(recording, folder, random.Random(seed), _damage_columns)
    summary = _merge(folder, path, recording.journal)
    again = _merge(folder, path, recording.journal, again=True)

    assert (0, summary.malformed) == (again.changed_sessions, again.malformed), seed
    calls = _found(folder, CALLS)
    for key, row in recording.calls.items():
        if not broken & {key, row[1], row[2]}:
            assert row == calls.get(key), seed
    return len(broken)


def _damage_sizes(db: sqlite3.Connection, random: random.Random) -> set[str]:
    """Strings of 10 MB, in a message, a call, a text and a title."""
    long = "x" * 10_000_000
    db.execute("UPDATE session SET title = ? WHERE rowid = 1", (long,))
    broken = set()
    for table, like in (("message", "%"), ("part", "%tool%"), ("part", '%"text"%')):
        rowid, key, data = db.execute(
            f"SELECT rowid, id, data FROM {table} WHERE data LIKE ? LIMIT 1 OFFSET ?",
            (like, random.randrange(20)),
        ).fetchone()
        body = orjson.loads(data)
        body[random.choice(["extra", "text", "snapshot"])] = long
        text = orjson.dumps(body).decode()
        db.execute(f"UPDATE {table} SET data = ? WHERE rowid = ?", (text, rowid))
        broken.add(key)
    return broken


@pytest.mark.slow
def test_strings_of_10_mb_cost_no_row(recording: Recording, tmp_path: Path) -> None:
    """Strings of 10 MB cost no row, not even their own."""
    path, _ = _damage(recording, tmp_path, random.Random(1), _damage_sizes)

    assert 0 == _merge(tmp_path, path, recording.journal).malformed
    assert recording.calls.keys() == _found(tmp_path, CALLS).keys()
    assert recording.messages.keys() == _found(tmp_path, MESSAGES).keys()
    assert [1000] == rows(
        tmp_path, "SELECT max(length(title)) FROM sessions", store=tmp_path / "unified.db"
    )


@pytest.mark.slow
def test_messages_of_opencode_2_may_hold_anything(tmp_path: Path) -> None:
    """Rows of `session_message` may hold anything, too."""
    for seed in range(30):
        chance = random.Random(seed)
        database = V2Rows(tmp_path / f"{seed}.db", recordings.PROJECT)
        session = database.session("ses_a")
        for number in range(40):
            at = START + number * 100
            call = tool("bash", f"call_{number}", at=at, structured={"exit": 0})
            database.message(session, "assistant", call, at=at, completed=at + 50)
        broken, unreadable = set(), 0
        query = "SELECT id, data FROM session_message"
        for key, data in database.db.execute(query).fetchall():
            if chance.random() < SHARE:
                value = _break(chance, data.encode())
                holds = b"" if value.data is None else value.data
                database.db.execute(
                    "UPDATE session_message SET data = ? WHERE id = ?", (holds, key)
                )
                broken.add(key)
                unreadable += value.unreadable
        summary = merge_project(
            recordings.PROJECT, database.close(), store=tmp_path / f"{seed}.out", journals=[]
        )

        assert summary.malformed >= unreadable, seed
        assert summary.calls >= 40 - len(broken), seed


@pytest.mark.slow
def test_files_from_before_1_2_may_hold_anything(tmp_path: Path) -> None:
    """Files of the JSON storage may hold anything, too."""
    for seed in range(10):
        chance = random.Random(seed)
        database = Rows(tmp_path / f"{seed}.db", recordings.PROJECT)
        session = database.session("ses_a")
        for number in range(20):
            database.call(session, "bash", f"call_{number}", at=START + 100 + number * 100)
        folder = as_json(database, tmp_path / f"storage{seed}")
        database.close()
        broken = 0
        for path in sorted((*folder.glob("message/*/*"), *folder.glob("part/*/*"))):
            if chance.random() < SHARE:
                value = _break(chance, path.read_bytes()).data
                path.write_bytes(value if isinstance(value, bytes) else str(value).encode())
                broken += 1
        summary = merge_project(
            recordings.PROJECT, folder, store=tmp_path / f"{seed}.out", journals=[]
        )

        assert summary.malformed > 0, seed
        assert summary.calls >= 20 - broken, seed
