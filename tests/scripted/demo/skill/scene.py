"""What the skill scripts of the scripted sessions share: saying who was here, and waiting for each
other.

Every script is told by its first argument which call it is run by, as the scenario knows it, and
writes that down with what it sees in its environment: two independent accounts, which the tests
compare.
"""

import json
import os
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 30


def arrive() -> None:
    """Write down who is here: the scenario's name for the call, the process and its TACHIKOMA_*
    variables.
    """
    origin = sys.argv[1]
    variables = {name: value for name, value in os.environ.items() if name.startswith("TACHIKOMA_")}
    account = {"origin": origin, "pid": os.getpid(), "environment": variables}
    folder = PROJECT / "seen"
    folder.mkdir(exist_ok=True)
    (folder / f"{origin.replace('/', '__')}.json").write_text(json.dumps(account, indent=1))


def mark(name: str) -> None:
    """Say that a point was reached."""
    folder = PROJECT / "marks"
    folder.mkdir(exist_ok=True)
    (folder / name).touch()


def wait_for(name: str) -> None:
    """Wait until another process has reached a point. Raises `TimeoutError`."""
    end = time.monotonic() + SECONDS
    while not (PROJECT / "marks" / name).exists():
        if time.monotonic() > end:
            raise TimeoutError(f"nobody reached {name} within {SECONDS} s")
        time.sleep(0.01)


def keep(name: str, value: object) -> None:
    """Leave something for a later script."""
    (PROJECT / "seen" / f"{name}.kept").write_text(json.dumps(value))


def kept(name: str) -> object:
    """What an earlier script left."""
    return json.loads((PROJECT / "seen" / f"{name}.kept").read_text())
