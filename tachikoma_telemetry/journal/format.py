r"""What a journal file looks like.

    {"schema":"tachikoma.metrics/1","created":1795384226012,"events":[
    {"id":"…","type":"skill_run_started",…}
    ,{"id":"…","type":"iteration",…}
    ]}

One event a line. The comma leads, so an append replaces only the constant tail ``]}\n`` and no
committed byte is ever rewritten. JSON escapes line breaks inside texts, so a line break in the file
is always the end of an event, and a torn document can be read line by line.

Beside the journal are:

    metrics.json.lock                       held for every append, repair and rotation; always empty
    metrics-<UTC ms>-<random>.json          rotated segments, same format
    metrics-spill-<pid>-<UTC ms>-<random>.jsonl   events that could not get into the journal in
                                                  time, one a line; see `spill`
    metrics-quarantine-<UTC ms>-<random>.txt      what was no event, byte for byte
    metrics.json.<UTC ms>-<random>.new      a journal being written; left over by a kill, no more
    metrics.legacy.json                     a `metrics.json` of the predecessor
"""

from __future__ import annotations

import os
import re

SCHEMA = "tachikoma.metrics/1"
HEAD_OF_SCHEMA = b'{"schema":"tachikoma.metrics/1",'
TAIL = b"]}\n"
# The five last bytes of a journal with and without events.
END_OF_EVENTS = b"}\n]}\n"
END_OF_EMPTY = b"[\n]}\n"

# Far more than an event may have: a longer line is no event, and is not held in memory.
LINE_MAX = 1 << 20

# However few digits: a machine without a battery begins in 1970, and its ms are no 13 digits.
_SEGMENT = re.compile(r"(.+)-(-?[0-9]{1,20})-[0-9a-f]{8}\.json")
_QUARANTINE = re.compile(r"(.+)-quarantine-(-?[0-9]{1,20})-[0-9a-f]{8}\.txt")
_LEFTOVER = re.compile(r"(.+)\.-?[0-9]{1,20}-[0-9a-f]{8}\.new")


def head(created: int) -> bytes:
    """The first line of a journal created at `created` (ms since the epoch)."""
    return b'{"schema":"%b","created":%d,"events":[\n' % (SCHEMA.encode(), created)


def is_head(line: bytes) -> bool:
    """Whether `line`, without its line break, is such a first line, byte for byte."""
    begin, end = HEAD_OF_SCHEMA + b'"created":', b',"events":['
    return line.startswith(begin) and line.endswith(end) and line[len(begin) : -len(end)].isdigit()


def document(lines: list[bytes], created: int) -> bytes:
    """A whole journal of events that are already JSON."""
    return head(created) + b"\n,".join(lines) + (b"\n" if lines else b"") + TAIL


def lock_path(journal: str) -> str:
    """The lock file of `journal`."""
    return journal + ".lock"


def stem(journal: str) -> str:
    """`journal` without its ending: what the names of its siblings begin with."""
    return journal.removesuffix(".json")


def segment_of(name: str) -> tuple[str, int] | None:
    """Of a segment's file name: the journal it was rotated from, and when; else None."""
    found = _SEGMENT.fullmatch(name)
    return (f"{found[1]}.json", int(found[2])) if found else None


def quarantine_of(name: str) -> tuple[str, int] | None:
    """Of a quarantine file's name: the journal whose damage it holds, and since when; else None."""
    found = _QUARANTINE.fullmatch(name)
    return (f"{found[1]}.json", int(found[2])) if found else None


def leftover_of(name: str) -> str | None:
    """Of a file that a kill left half written: the name that it was to get; else None."""
    found = _LEFTOVER.fullmatch(name)
    return found[1] if found else None


def journal_of(file: str) -> str:
    """The journal that `file`, itself or a segment, belongs to: its lock guards both."""
    folder, name = os.path.split(file)
    segment = segment_of(name)
    return os.path.join(folder, segment[0]) if segment else file
