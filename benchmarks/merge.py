"""How long a merge and a report take, as ratios within one run: ``python -m benchmarks.merge``.

1.0 is a bare Python process that does ``SELECT count(*), sum(length(data)) FROM part``. Each figure
is the best of several whole processes, taken in turns, so that a busy machine slows all alike.
Memory is that of a merge and the processes it starts together, the pages they share counted for
each, looked at every 10 ms during a merge that is not timed.
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

from . import database, growth, phases

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


def memory(arguments: Sequence[str]) -> int:
    """The most memory, in MB, that a process and its children had at one time; 0 without /proc."""
    most = 0
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            most = max(most, sum(_resident(pid) for pid in (process.pid, *_children(process.pid))))
            time.sleep(0.01)
    return most >> 20


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def _tachikoma(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tachikoma_telemetry", *arguments]


def _touch(path: Path, *, at: int | None = None) -> None:
    """One session goes on: a message with one call."""
    db = sqlite3.connect(path, isolation_level=None)
    (number,) = db.execute("SELECT count(*) FROM part").fetchone()
    session, at = "ses_00000001", at or database.START + 10**12 + number
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


def _fresh(store: Path) -> None:
    for old in store.parent.glob(f"{store.name}*"):
        old.unlink()


def merge_of(path: Path, store: Path) -> list[str]:
    """The command that merges a database into a store."""
    merge = _tachikoma("merge", "-q", "--db", str(path), "--project", str(path.parent))
    return [*merge, "--all-projects", "--store", str(store)]


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Print the ratios for a database; returns the best seconds of each command."""
    store = path.with_name(f"{path.stem}-unified.db")
    merge = merge_of(path, store)
    report = _tachikoma("report", "-q", "--no-merge", "--store", str(store))
    report += ["--project", str(path.parent)]
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        _fresh(store)
        took.setdefault("bare", []).append(seconds([sys.executable, "-c", _BARE, str(path)]))
        took.setdefault("empty", []).append(seconds([sys.executable, "-c", _EMPTY]))
        took.setdefault("cold", []).append(seconds(merge))
        took.setdefault("nothing new", []).append(seconds(merge))
        _touch(path)
        took.setdefault("one session", []).append(seconds(merge))
        took.setdefault("report skills", []).append(seconds([*report, "skills"]))
        took.setdefault("report", []).append(seconds(report))
        page = [*report, "--html", "--output", str(store.with_suffix(".html"))]
        took.setdefault("report --html", []).append(seconds(page))
    best = {name: min(times) for name, times in took.items()}
    bare, empty = best["bare"], best["empty"]
    print(f"bare scan {bare:.2f} s, empty typer command {empty:.2f} s, {os.cpu_count()} cores")
    print(f"  cold merge                  {best['cold'] / bare:5.1f} × bare scan")
    for name in ("nothing new", "one session"):
        print(f"  warm merge, {name:<15} {(best[name] - empty) / bare:5.2f} × bare scan + empty")
    for name in ("report skills", "report", "report --html"):
        print(f"  {name + ' --no-merge':<27} {best[name] / empty:5.1f} × empty command")
    _fresh(store)
    print(f"  memory of a cold merge      {memory(merge):5.0f} MB")
    return best


def measure_warm(path: Path, rounds: int, small: dict[str, float]) -> None:
    """Print what a warm merge of a database ten times as large takes, to one of the other."""
    store = path.with_name(f"{path.stem}-unified.db")
    merge = merge_of(path, store)
    seconds(merge)
    took: dict[str, list[float]] = {"nothing new": [], "one session": []}
    for _ in range(max(rounds, 3)):
        took["nothing new"].append(seconds(merge))
        _touch(path)
        took["one session"].append(seconds(merge))
    for name, times in took.items():
        print(f"  warm merge, {name:<15} {min(times) / small[name]:5.2f} × that of the smaller one")


def measure_burden(path: Path, rounds: int, small: dict[str, float]) -> None:
    """Print what a cold merge takes of a database with something in it that is never read."""
    store = path.with_name(f"{path.stem}-unified.db")
    merge = merge_of(path, store)
    took = []
    for _ in range(rounds):
        _fresh(store)
        took.append(seconds(merge))
    print(f"  cold merge                  {min(took) / small['cold']:5.2f} × that without")
    _fresh(store)
    print(f"  memory of a cold merge      {memory(merge):5.0f} MB")


def main() -> None:
    """Measure and clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sessions", type=int, help="about 650 parts each (500); with --events a tenth of those"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--ten-times",
        choices=("no", "rows", "bytes"),
        default="rows",
        help="also a database of ten times the rows, with short texts (1.8 GB) or as long (7.3 GB)",
    )
    parser.add_argument(
        "--events", type=int, metavar="N", help="only how a merge grows with recorded events"
    )
    parser.add_argument(
        "--event-table", type=int, default=0, metavar="MB", help="an `event` table, too"
    )
    parser.add_argument(
        "--message", type=int, default=0, metavar="MB", help="one long message, too"
    )
    parser.add_argument("--phases", action="store_true", help="only where a cold merge's time goes")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tachikoma-benchmark-"))
    os.environ.pop("TACHIKOMA_TELEMETRY_DIR", None)
    # What is installed is compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        _measure(folder, arguments)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, arguments: argparse.Namespace) -> None:
    path, ten = folder / "opencode.db", folder / "ten.db"
    if arguments.events:
        growth.measure(folder, arguments.events, arguments.sessions, merge_of, seconds, memory)
        return
    sessions = arguments.sessions or 500
    print(f"database of {sessions} sessions …", file=sys.stderr)
    database.build(path, DIRECTORY, sessions=sessions)
    if arguments.phases:
        bare = min(seconds([sys.executable, "-c", _BARE, str(path)]) for _ in range(5))
        phases.measure(path, folder / "unified.db", DIRECTORY, bare)
        return
    small = measure(path, arguments.rounds)
    if arguments.ten_times != "no":
        cut = arguments.ten_times == "rows"
        print("ten times the rows" + (", long texts left out" if cut else ""))
        database.multiply(path, ten, 10, cut=cut)
        measure_warm(ten, arguments.rounds, small)
        ten.unlink()
    if arguments.event_table:
        print(f"with {arguments.event_table} MB in the table `event`")
        database.add_events(path, arguments.event_table)
        measure_burden(path, arguments.rounds, small)
    if arguments.message:
        print(f"with a message of {arguments.message} MB")
        database.add_long_message(path, arguments.message)
        measure_burden(path, arguments.rounds, small)


if __name__ == "__main__":
    main()
