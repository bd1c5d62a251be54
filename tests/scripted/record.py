"""Records the scenario: ``python -m tests.scripted.record --version 1.18.33 --out
tests/recordings/1.18.33``.

A database holds the project's folder in many places, and pages that were freed or stand in the WAL
hold what was there before. So nothing is scrubbed afterwards: OpenCode runs in a folder whose name
may be seen by anybody, and a recording with any other path inside is refused.
"""

from __future__ import annotations

import argparse
import getpass
import re
import shutil
import socket
import sys
from pathlib import Path

from tests.scripted import play, recordings, versions

PROJECT = recordings.PROJECT
HOME = PROJECT.with_name(f"{PROJECT.name}-home")

TOP_FOLDERS = (
    rb"/(?:root|home|Users|tmp|private|work|usr|opt|var|etc|mnt|proc|dev|lib|bin|nix|run)\b[\w./-]*"
)


class RecordError(Exception):
    """There is no recording; the message says why."""


def record(version: str, out: Path) -> None:
    """Play the scenario in the neutral folder and pack what it left to the folder `out`."""
    for folder in (PROJECT, HOME):
        if folder.exists():
            raise RecordError(f"{folder} is there already: a recording needs it for itself.")
    try:
        PROJECT.mkdir(parents=True)
    except OSError as error:
        raise RecordError(
            f"{PROJECT} cannot be created, and a recording must be made there: {error}"
        ) from None
    try:
        history = play.play(version, PROJECT, HOME)
        for file in recordings.files(history):
            if found := private(file.read_bytes()):
                raise RecordError(f"{file.name} tells about this machine: {', '.join(found)}")
        recordings.pack(history, out)
    finally:
        for folder in (PROJECT, HOME):
            shutil.rmtree(folder, ignore_errors=True)


def private(content: bytes) -> list[str]:
    """Whatever in there names this machine, its user or a folder other than the project's."""
    found = {match.decode() for match in re.findall(TOP_FOLDERS, content)}
    named = {socket.gethostname(), getpass.getuser(), str(HOME), str(versions.CACHE), sys.prefix}
    # "root" is a key of every message, and names of a few letters occur by chance.
    telling = {name.encode() for name in named if name != "root" and len(name) > 3}
    found.update(name.decode() for name in telling if name in content)
    return sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.scripted.record", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--version", required=True, choices=versions.VERSIONS)
    parser.add_argument("--out", type=Path, help="default: tests/recordings/VERSION")
    arguments = parser.parse_args()
    out = arguments.out or recordings.folder_of(arguments.version)
    try:
        record(arguments.version, out)
    except (RecordError, play.PlayError, versions.Unavailable) as error:
        print(f"record: {error}", file=sys.stderr)
        return 1
    for file in sorted(out.iterdir()):
        print(f"{file.stat().st_size:8} {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
