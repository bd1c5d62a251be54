"""Checks of what a merge reads: OpenCode's databases and the journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import NoDatabaseError, TachikomaError
from ...words import counted
from ..time_words import shown_time
from .finding import Finding

_VERSIONS_SHOWN = 5
_WARNINGS_SHOWN = 5

if TYPE_CHECKING:
    from ...opencode.census import SessionList
    from ...opencode.shapes import Session

    Read = SessionList | TachikomaError


def read_sessions(databases: list[Path]) -> dict[Path, Read]:
    """The sessions of each database, or why they can't be read."""
    from ...opencode.census import sessions_of

    found: dict[Path, Read] = {}
    for path in databases:
        try:
            found[path] = sessions_of(path)
        except TachikomaError as error:
            found[path] = error
    return found


def check_databases(databases: dict[Path, Read] | TachikomaError) -> Iterator[Finding]:
    """Whether OpenCode's databases can be read, and how many sessions they hold."""
    if isinstance(databases, TachikomaError):
        missing = isinstance(databases, NoDatabaseError)
        yield Finding.of_error("database", databases, "warn" if missing else "bad")
        return
    for path, read in databases.items():
        if isinstance(read, TachikomaError):
            yield Finding.of_error("database", read)
        elif not read.sessions:
            why = "of a layout known here" if read.unknown else "yet"
            yield Finding("database", "warn", f"{path}: no sessions {why}")
        else:
            count = counted(len(read.sessions), "session")
            written = _versions(read.sessions)
            yield Finding("database", "ok", f"{path}: {count}{written}")


def _versions(sessions: list[Session]) -> str:
    """Which versions of OpenCode began these sessions, the one of the last before the others."""
    newest = max(sessions, key=lambda session: session.updated or 0).version
    if newest is None:
        return ""
    others = sorted({each.version for each in sessions if each.version} - {newest}, key=_in_order)
    shown = [*others[:_VERSIONS_SHOWN], *(["…"] if len(others) > _VERSIONS_SHOWN else [])]
    more = f", and by {', '.join(shown)}" if others else ""
    return f", last written by OpenCode {newest}{more}"


def _in_order(version: str) -> tuple[list[int], str]:
    """Sorts versions, the newest first."""
    # Digits that int() takes as well, and no more than it takes.
    return [-int(number) for number in re.findall(r"[0-9]{1,9}", version)], version


def check_journal(path: Path) -> Iterator[Finding]:
    """Whether the journal can be read, and what of it is damaged."""
    from ...journal.find import is_begun
    from ...journal.read import JournalReader, journal_files, no_files

    if not is_begun(path):
        yield Finding("journal", "warn", f"none yet; skills write it: {path}")
        return
    unread = [f"{each} is no regular file, and not read" for each in no_files(path)]
    last = count = malformed = 0
    for file in journal_files(path):
        reader = JournalReader(file)
        try:
            for line in reader:
                count += 1
                last = max(last, line.event["time"])
        except OSError as error:
            unread.append(f"can't read {file}: {error.strerror or error}")
        malformed += reader.malformed
    when = f", the last {shown_time(last)}" if count else ""
    yield Finding("journal", "ok", f"{path}: {counted(count, 'event')}{when}")
    if malformed:
        fix = "run `tachikoma-telemetry repair`"
        yield Finding("", "warn", f"{malformed} damaged lines", fix)
    yield from (Finding("", "bad", each) for each in unread)
    yield from _check_waiting(path)
    yield from _check_set_aside(path)


def _check_set_aside(path: Path) -> Iterator[Finding]:
    """What was no event, as a killed writer leaves it, and is no part of the journal any more."""
    from ...journal.files import quarantine_files

    try:
        found = quarantine_files(str(path))
    except OSError:
        return  # the folder can't be read, as was said
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        text = f"lines that are no events were set aside in {found[-1][1]}{more}"
        yield Finding("", "warn", text, "delete it when you have looked at it")


def check_warnings(path: Path) -> Iterator[Finding]:
    """What recording warned of: inside of OpenCode nothing else says it."""
    from ...journal.warnings import kept

    try:
        warned = kept(str(path))
    except OSError as error:
        yield Finding("warnings", "bad", f"can't read them: {error.strerror or error}")
        return
    for number, each in enumerate(warned[:_WARNINGS_SHOWN]):
        often = f"{each.message} ({counted(each.processes, 'time')}, last {shown_time(each.last)})"
        yield Finding("warnings" if not number else "", "warn", often)
    if len(warned) > _WARNINGS_SHOWN:
        yield Finding("", "warn", f"{len(warned) - _WARNINGS_SHOWN:,} more in {path.parent}")


def _check_waiting(path: Path) -> Iterator[Finding]:
    """What waits beside the journal, because it could not be written when it was recorded."""
    from ...journal.spill import waiting_events

    try:
        count = waiting_events(str(path))
    except OSError as error:
        text = f"can't read what waits beside it: {error.strerror or error}"
        yield Finding("", "bad", text)
        return
    if count:
        text, fix = f"{counted(count, 'event')} beside it, not yet in it", "moves them"
        yield Finding("", "warn", text, f"`tachikoma-telemetry repair` {fix}")
