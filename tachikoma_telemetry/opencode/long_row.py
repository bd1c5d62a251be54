"""Rows too long to be loaded: read with their long texts cut, or by what their two ends say.

What makes a row long is nearly always a few texts: an output, a file put in. Read piece by piece,
with the middle of those left out, it is a row like any other. A user's message of 458 MB is another
thing: a role, some times, and diffs of thousands of files in between, which would take seconds.
What we want of it is at the beginning or the end.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from .values import json_object

# Of a long text so much is left at each end: the words that OpenCode adds are there.
_KEEP_BYTES = 1 << 15
_KEEP_LESS_BYTES = 1 << 9
_PIECE_BYTES = 1 << 20

_EDGE_BYTES = 1 << 16

_TEXTS = ("type", "role", "tool", "callID", "status", "name", "providerID", "modelID", "agent")
_NUMBERS = ("created", "completed", "start", "end", "exit", "cost")
_PAIR = re.compile(
    rb'"(?:(' + "|".join(_TEXTS).encode() + rb')":"([^"\\]{1,200})"'
    rb"|(" + "|".join(_NUMBERS).encode() + rb')":(-?[0-9.]{1,20}))[,}]'
)


def next_long_row(db: sqlite3.Connection, table: str, behind: int, limit: int) -> int | None:
    """The first row above the rowid `behind` whose `data` is longer than `limit` bytes."""
    for (rowid,) in db.execute(
        f"SELECT rowid FROM {table} WHERE rowid > ? ORDER BY rowid", (behind,)
    ):
        with db.blobopen(table, "data", rowid, readonly=True) as blob:
            if len(blob) > limit:
                return int(rowid)
    return None


def edges(db: sqlite3.Connection, table: str, rowid: int) -> dict[str, Any]:
    """The fields found at both ends of a row's `data`, shaped like a message and like a part."""
    with db.blobopen(table, "data", rowid, readonly=True) as blob:
        content = blob.read(_EDGE_BYTES)
        blob.seek(-_EDGE_BYTES, 2)
        content += b"," + blob.read()
    found: dict[str, Any] = {}
    for key, word, name, number in _PAIR.findall(content):
        if key:
            found.setdefault(key.decode(), word.decode("utf-8", "replace"))
        else:
            found.setdefault(name.decode(), float(number) if b"." in number else int(number))
    names = ("created", "completed", "start", "end")
    times = {name: found[name] for name in names if name in found}
    metadata = {"exit": found["exit"]} if "exit" in found else {}
    return {
        **found,
        "time": times,
        "state": {
            "status": found.get("status"),
            "input": {"name": found.get("name")},
            "metadata": metadata,
            "time": times,
        },
    }


def shortened(db: sqlite3.Connection, table: str, rowid: int, limit: int) -> dict[str, Any] | None:
    """A row's `data` with its long texts cut; None when it is no JSON, or longer than `limit` even
    so.
    """
    for keep in (_KEEP_BYTES, _KEEP_LESS_BYTES):
        with db.blobopen(table, "data", rowid, readonly=True) as blob:
            short = _cut_texts(blob, keep, limit)
        if short is not None:
            return json_object(short)
    return None


def _cut_texts(blob: sqlite3.Blob, keep: int, limit: int) -> bytes | None:
    """JSON with at most `keep` bytes left at each end of every text in it."""
    out = bytearray()
    inside: bytearray | None = None  # the text that is being read, as far as it is kept
    escaped = False
    while piece := blob.read(_PIECE_BYTES):
        at = 0
        while at < len(piece):
            if inside is None:
                quote = piece.find(b'"', at)
                out += piece[at : len(piece) if quote < 0 else quote + 1]
                if quote < 0:
                    break
                inside, at = bytearray(), quote + 1
            elif escaped:
                inside += piece[at : at + 1]
                escaped, at = False, at + 1
            else:
                end = _PLAIN.match(piece, at).end()  # type: ignore[union-attr] # it may be empty
                inside += piece[at:end]
                stop, at = piece[end : end + 1], end + 1
                if stop == b'"':
                    out += _without_middle(inside, keep) + b'"'
                    inside = None
                else:  # nothing, or a backslash at the very end
                    inside += stop
                    escaped = bool(stop)
                if inside is not None and len(inside) > 4 * keep + _PIECE_BYTES:
                    inside = inside[: 2 * keep] + inside[-2 * keep :]
        if len(out) > limit:
            return None
    return bytes(out)


_PLAIN = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_HALF_PAIR_BEFORE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
_HALF_PAIR_BEHIND = re.compile(rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_ESCAPE_BYTES_MAX = 12  # of a character outside the first plane, as JSON has it


def _without_middle(text: bytearray, keep: int) -> bytes:
    """A JSON text that may be cut: nowhere within a character or an escape."""
    if len(text) < 4 * keep:
        return bytes(text)
    head, tail = bytes(text[:keep]), bytes(text[-keep:])
    escape = head.find(b"\\", keep - _ESCAPE_BYTES_MAX)
    if escape >= 0:
        head = head[:escape].rstrip(b"\\")
    head = _HALF_PAIR_BEFORE.sub(b"", head)
    # Behind a byte that is no backslash nothing is escaped.
    fresh = _ESCAPE_BYTES_MAX
    while tail[fresh - 1 : fresh] == b"\\":
        fresh += 1
    half = _HALF_PAIR_BEHIND.search(tail, fresh)
    if half and half.start() < fresh + 6:
        fresh = half.end()
    tail = tail[fresh:]
    return (head.decode("utf-8", "ignore") + " … " + tail.decode("utf-8", "ignore")).encode()
