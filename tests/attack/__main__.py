"""Attack as far as time allows, and go on later.

    python -m tests.attack LOG [--seconds S] [--times X]   attack, noting each round in the file LOG
    python -m tests.attack LOG --read                      what it says: what was done, what found
    python -m tests.attack KIND SEED                       one round, as it was or to look at it

The log has one JSON line a round. A second call with the same file goes on behind the last one; a
whole attack is done when each kind has had `ENOUGH` of everything, X times.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

KINDS = ("writers", "merges", "faults", "rows", "databases", "values", "histories")
# A round takes seconds; what takes so long hangs.
ROUND_SECONDS = 1800


def main() -> int:
    """Do what the arguments say; 1 when something was found."""
    parser = argparse.ArgumentParser("python -m tests.attack")
    parser.add_argument("log", metavar="LOG|KIND")
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--times", type=float, default=1)
    parser.add_argument("--read", action="store_true")
    given = parser.parse_args()
    if given.log in KINDS:
        return _one(given.log, given.seed or 0)
    log = Path(given.log)
    until = 0.0 if given.read else time.monotonic() + given.seconds
    while time.monotonic() < until:
        share, kind, seed = min(_progress(_read(log), kind) for kind in KINDS)
        if share >= given.times:
            break
        _note(log, _round(kind, seed))
    return _tell(_read(log), given.times)


def _one(kind: str, seed: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        done = _module(kind).attack(seed, Path(folder).resolve())
    print(json.dumps(done))
    return 0


def _module(kind: str) -> Any:
    return importlib.import_module(f"tests.attack.{kind}")


def _round(kind: str, seed: int) -> dict[str, Any]:
    """One round in a process group of its own, which is ended when it hangs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.attack", kind, str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    began = time.monotonic()
    try:
        out, err = process.communicate(timeout=ROUND_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        err += f"\nended after {ROUND_SECONDS} seconds"
    line = {"kind": kind, "seed": seed, "seconds": round(time.monotonic() - began, 1)}
    if process.returncode == 0:
        return line | {"done": json.loads(out.splitlines()[-1])}
    return line | {"found": err[-4000:]}


def _note(log: Path, line: dict[str, Any]) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _read(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def _progress(lines: list[dict[str, Any]], kind: str) -> tuple[float, str, int]:
    """How much of enough of a kind was done, the kind, and the next seed."""
    enough = _module(kind).ENOUGH
    ours = [line for line in lines if line["kind"] == kind]
    done = _sum(ours)
    seed = max((line["seed"] for line in ours), default=999) + 1
    return min(done[name] / goal for name, goal in enough.items()), kind, seed


def _sum(lines: list[dict[str, Any]]) -> Counter[str]:
    return sum((Counter(line.get("done", {})) for line in lines), Counter[str]())


def _tell(lines: list[dict[str, Any]], times: float) -> int:
    found = [line for line in lines if "found" in line]
    for kind in KINDS:
        ours = [line for line in lines if line["kind"] == kind]
        done = _sum(ours)
        for name, goal in _module(kind).ENOUGH.items():
            print(f"{kind:10} {done[name]:>10,} of {round(goal * times):>10,} {name}")
    for line in found:
        last = line["found"].strip().splitlines() or ["no words"]
        print(f"found: python -m tests.attack {line['kind']} {line['seed']}: {last[-1][:300]}")
    print(f"{len(lines)} rounds, {len(found)} with something found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
