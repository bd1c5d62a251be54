"""How long a merge and a report take, as ratios within one run: ``python -m benchmarks.merge``.

1.0 is a bare Python process that does ``SELECT count(*), sum(length(data)) FROM part``. Each figure
is the best of several whole processes, taken in turns, so that a busy machine slows all alike.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from . import database

DIRECTORY = "/srv/demo"

_BARE = """
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
db.execute("SELECT count(*), sum(length(data)) FROM part").fetchone()
"""
_EMPTY = """
import typer
app = typer.Typer()
@app.command()
def main() -> None: ...
app()
"""


def seconds(arguments: Sequence[str]) -> float:
    """Wall time of a whole process."""
    began = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True)
    return time.perf_counter() - began


def _tachikoma(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tachikoma_telemetry", *arguments]


def _touch(path: Path) -> None:
    """One session goes on: a message with one call."""
    db = sqlite3.connect(path, isolation_level=None)
    (number,) = db.execute("SELECT count(*) FROM part").fetchone()
    session, at = "ses_00000001", database.START + 10**12 + number
    message = f'{{"role":"assistant","time":{{"created":{at},"completed":{at + 9}}}}}'
    call = (
        f'{{"type":"tool","tool":"bash","callID":"t{number}","state":{{"status":"completed",'
        f'"input":{{"command":"ls"}},"output":"","metadata":{{"exit":0}},'
        f'"time":{{"start":{at},"end":{at + 5}}}}}}}'
    )
    identity = (f"msg_t{number}", session, at, at + 9)
    db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", (*identity, message))
    db.execute(
        "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)",
        (f"prt_t{number}", identity[0], session, at, at + 9, call),
    )
    db.close()


def measure(folder: Path, sessions: int, rounds: int) -> None:
    """Print the ratios for a database of so many sessions."""
    path, store = folder / f"{sessions}.db", folder / f"{sessions}-unified.db"
    print(f"database of {sessions} sessions …", file=sys.stderr)
    database.build(path, DIRECTORY, sessions=sessions)
    merge = _tachikoma("merge", "-q", "--db", str(path), "--project", DIRECTORY)
    merge += ["--all-projects", "--store", str(store)]
    report = _tachikoma("report", "-q", "--no-merge", "--store", str(store), "--project", DIRECTORY)
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        for old in folder.glob(f"{store.name}*"):
            old.unlink()
        took.setdefault("bare", []).append(seconds([sys.executable, "-c", _BARE, str(path)]))
        took.setdefault("empty", []).append(seconds([sys.executable, "-c", _EMPTY]))
        took.setdefault("cold", []).append(seconds(merge))
        took.setdefault("nothing new", []).append(seconds(merge))
        _touch(path)
        took.setdefault("one session", []).append(seconds(merge))
        took.setdefault("report skills", []).append(seconds([*report, "skills"]))
        took.setdefault("report", []).append(seconds(report))
    best = {name: min(times) for name, times in took.items()}
    bare, empty = best["bare"], best["empty"]
    print(f"{sessions} sessions, bare scan {bare:.2f} s, empty typer command {empty:.2f} s")
    print(f"  cold merge                  {best['cold'] / bare:5.1f} × bare scan")
    for name in ("nothing new", "one session"):
        print(f"  warm merge, {name:<15} {(best[name] - empty) / bare:5.2f} × bare scan + empty")
    for name in ("report skills", "report"):
        print(f"  {name + ' --no-merge':<27} {best[name] / empty:5.1f} × empty command")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  most memory of any process  {peak:5.0f} MB")


def main() -> None:
    """Measure and clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[500])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tachikoma-benchmark-"))
    os.environ.pop("TACHIKOMA_TELEMETRY_DIR", None)
    try:
        for sessions in arguments.sessions:
            measure(folder, sessions, arguments.rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
