"""The warnings of recording, beside the journal, where `doctor` finds them.

Inside of OpenCode an agent would read a warning on stderr as the output of its command. So it is
kept in `warnings.jsonl`, one JSON object a line: `time` (ms since the epoch) and `message`.
"""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from ..regular_file import FLAGS, read_head, require_regular

NAME = "warnings.jsonl"
# A file that has grown beyond this begins again.
_BYTES_MAX = 64 * 1024
_MESSAGE_MAX = 500


class RepeatedWarning(NamedTuple):
    """A message, how many processes warned of it, and the last time (ms)."""

    message: str
    processes: int
    last: int


def keep(journal: str, message: str, time_ms: int) -> None:
    """Keep a warning beside `journal`.

    Raises:
        OSError: it can't be written.
    """
    path = os.path.join(os.path.dirname(journal), NAME)
    line = json.dumps({"time": time_ms, "message": message[:_MESSAGE_MAX]}, ensure_ascii=False)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | FLAGS, 0o600)
    try:
        status = os.fstat(file)
        require_regular(status, path)
        if status.st_size > _BYTES_MAX:
            os.ftruncate(file, 0)
        os.write(file, line.encode("utf-8", "replace") + b"\n")
    finally:
        os.close(file)


def kept(journal: str) -> list[RepeatedWarning]:
    """The warnings that were kept, each once, the newest first.

    Raises:
        OSError: they can't be read.
    """
    path = os.path.join(os.path.dirname(journal), NAME)
    try:
        lines = read_head(path, 2 * _BYTES_MAX).splitlines()
    except FileNotFoundError:
        return []
    found: dict[str, tuple[int, int]] = {}
    for line in lines:
        try:
            each = json.loads(line)
            message, time = str(each["message"])[:_MESSAGE_MAX], int(each["time"])
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            continue  # a process was killed while it wrote the line
        count, last = found.get(message, (0, 0))
        found[message] = (count + 1, max(last, time))
    warned = [RepeatedWarning(message, *values) for message, values in found.items()]
    return sorted(warned, key=lambda each: -each.last)
