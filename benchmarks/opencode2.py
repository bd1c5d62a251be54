"""How long a merge of an OpenCode 2 takes: ``python -m benchmarks.opencode2``.

1.0 is a bare Python process that does ``SELECT count(*), sum(length(data)) FROM session_message``;
see `benchmarks.merge`, which does the same for 1.x. There are as many calls here, as long, and as
long words of the model between them, or the scans could not be compared: what a merge keeps, it
keeps of calls and messages, and the scan counts bytes. ``--texts 0`` leaves the long words out.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import string
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.opencode_v2_history import MODEL, TABLES, background, call, shell, wrapped

from .database import MODELS, START, named
from .merge import DIRECTORY, memory, merge_of, seconds

_BARE = """
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
db.execute("SELECT count(*), sum(length(data)) FROM session_message").fetchone()
"""
_ROWS_OF_SESSION = 100
SKILL_FOLDER = f"{DIRECTORY}/.opencode/skills/release"
_TURN = 20


class _Sizes(NamedTuple):
    """Characters of the median output of a call and text of a model; texts of 0 are short ones."""

    output: int
    text: int


def build(path: Path, rows: int, *, median: int, texts: int, seed: int = 7) -> None:
    """Write a database of so many rows; outputs are lognormal with this median, at most 50 KB, and
    so are the texts in half of a model's messages.
    """
    rng = random.Random(seed)
    words = "".join(rng.choices(string.ascii_letters + "    \n", k=300_000))
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + TABLES)
    db.execute("BEGIN")
    for number in range(rows // _ROWS_OF_SESSION):
        _session(db, rng, words, number, _Sizes(median, texts))
    db.execute("COMMIT")
    db.close()


def _session(
    db: sqlite3.Connection, rng: random.Random, words: str, number: int, sizes: _Sizes
) -> None:
    at, session = START + number * 3_000_000, f"ses_{number:08d}"
    db.execute(
        "INSERT INTO session_v2 (id, project_id, slug, directory, title, version, time_created, "
        "time_updated) VALUES (?, 'global', 's', ?, 'A title', '2.0.22', ?, ?)",
        (session, DIRECTORY, at, at + 2_000_000),
    )
    written = []
    model = {"providerID": "zai", "id": rng.choice(MODELS)}
    for seq in range(_ROWS_OF_SESSION):
        at += rng.randrange(500, 9000)
        kind, data = _row(rng, words, seq, at, sizes, model)
        row_id = f"msg_{number:010x}{seq:06x}"
        data["time"] = {"created": at, "completed": at + 2500}
        written.append((row_id, session, kind, seq * 3, at, at + 2500, _compact(data)))
    db.executemany("INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)", written)


def _row(
    rng: random.Random, words: str, seq: int, at: int, sizes: _Sizes, model: dict[str, str]
) -> tuple[str, dict[str, object]]:
    place = seq % _TURN
    if place == 0:
        return "user", {"text": words[:300]}
    if place == _TURN - 1:
        return "idle", {"outcome": "succeeded"}
    if place == _TURN - 2:
        metadata = {"source": "shell", "shellID": f"sh_{seq - 1}", "state": "completed", "exit": 0}
        return "synthetic", {"text": words[:500], "metadata": metadata}
    used = {"input": rng.randrange(9000), "output": rng.randrange(900), "reasoning": 0}
    if seq == _ROWS_OF_SESSION // 2:
        data = {"status": "completed", "reason": "auto", "model": model, "summary": words[:3000]}
        return "compaction", {**data, "cost": 0.05, "tokens": used}
    said = words[:200]
    if sizes.text:
        said = _text(rng, words, sizes.text) if rng.random() < 0.5 else ""
    content: list[object] = [{"type": "text", "text": said}] if said else []
    count = rng.choice((1, 1, 2))
    names = [named(rng, model["id"], 2 * seq + each) for each in range(count)]
    content += [_call(rng, words, each, at, sizes.output) for each in names]
    if place == _TURN - 3:
        content.append(background(f"b{seq}", f"sh_{seq}", at=at))
    return "assistant", {
        "agent": "build",
        "model": model,
        "content": content,
        "cost": 0.0013,
        "tokens": {**used, "cache": {"read": 9000, "write": 0}},
    }


def _call(rng: random.Random, words: str, call_id: str, at: int, median: int) -> dict[str, object]:
    text = _text(rng, words, median)
    size = len(text)
    tool = rng.choices(("shell", "read", "edit", "grep", "skill"), (40, 30, 15, 13, 2))[0]
    if tool == "shell":
        made = shell(call_id, at=at, command=f"pytest {size}", exit=int(rng.random() < 0.06))
        made["state"]["content"] = [{"type": "text", "text": text}]
        return made
    if tool == "skill":
        return call(
            tool,
            call_id,
            at=at,
            given={"id": "release"},
            output=wrapped("release", text, SKILL_FOLDER),
        )
    return call(tool, call_id, at=at, given={"path": f"src/{size}.py"}, output=text)


def _text(rng: random.Random, words: str, median: int) -> str:
    size = min(50_000, int(rng.lognormvariate(0, 1.48) * median))
    begin = rng.randrange(len(words) - size)
    return words[begin : begin + size]


def _compact(data: object) -> str:
    return json.dumps(data, separators=(",", ":"))  # as OpenCode writes it


def _go_on(path: Path, number: int) -> None:
    """One session goes on: a message with one call."""
    db = sqlite3.connect(path, isolation_level=None)
    at = START + 10**12 + number
    data = {"agent": "build", "model": MODEL, "content": [shell("t", at=at, exit=0)]}
    data["time"] = {"created": at, "completed": at + 9}
    row = (f"msg_t{number}", "ses_00000001", "assistant", 10**6 + number, at, at, json.dumps(data))
    db.execute("INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.close()


def measure(path: Path, rounds: int) -> None:
    """Print the ratios for a database."""
    store = path.with_name("unified.db")
    merge = merge_of(path, store)
    took: dict[str, list[float]] = {"bare": [], "cold": [], "nothing new": [], "one session": []}
    for number in range(rounds):
        _forget(store)
        took["bare"].append(seconds([sys.executable, "-c", _BARE, str(path)]))
        took["cold"].append(seconds(merge))
        took["nothing new"].append(seconds(merge))
        _go_on(path, number)
        took["one session"].append(seconds(merge))
    bare = min(took["bare"])
    print(f"{path.stat().st_size >> 20} MB, bare scan {bare:.2f} s")
    for name in ("cold", "nothing new", "one session"):
        best = min(took[name])
        print(f"  {name:<12} {best / bare:6.1f} × bare scan ({best:.2f} s)")
    _forget(store)
    print(f"  memory of a cold merge {memory(merge):5.0f} MB")


def _forget(store: Path) -> None:
    for old in store.parent.glob(f"{store.name}*"):
        old.unlink()


def main() -> None:
    """Measure and clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="of session_message (100,000)")
    parser.add_argument("--median", type=int, default=1000, help="characters of an output (1,000)")
    parser.add_argument("--texts", type=int, default=1000, help="those of a model's text (1,000)")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tachikoma-benchmark-"))
    try:
        path = folder / "opencode.db"
        build(path, arguments.rows, median=arguments.median, texts=arguments.texts)
        measure(path, arguments.rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
