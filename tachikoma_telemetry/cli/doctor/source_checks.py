"""Checks of what a merge reads: OpenCode's plugin and databases, and the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import NoDatabaseError, TachikomaError
from ...words import counted
from ..time_words import shown_time
from .finding import Finding

_WARNINGS_SHOWN = 5


def check_plugin(root: Path) -> Iterator[Finding]:
    """Whether skill code knows which call it runs in."""
    import opencode_hooks

    statuses = (
        ("this project", opencode_hooks.status(root)),
        ("all projects", opencode_hooks.status(None, global_=True)),
    )
    installed = [
        (where, each)
        for where, found in statuses
        for each in found
        if each.kind == "plugin" and each.state != "missing"
    ]
    for where, plugin in installed:
        text = f"{plugin.state}, for {where}: {plugin.path}"
        if plugin.state == "current":
            yield Finding("plugin", "ok", text)
        else:
            yield Finding("plugin", "warn", text, "run `tachikoma-telemetry init` again")
    if not installed:
        fix = "run `tachikoma-telemetry init`, then restart OpenCode"
        yield Finding("plugin", "warn", "not installed", fix)


def check_databases(databases: list[Path] | TachikomaError) -> Iterator[Finding]:
    """Whether OpenCode's databases can be read, and how many sessions they hold."""
    if isinstance(databases, TachikomaError):
        missing = isinstance(databases, NoDatabaseError)
        yield Finding("database", "warn" if missing else "bad", str(databases))
        return
    for path in databases:
        try:
            yield _check_database(path)
        except TachikomaError as error:
            yield Finding("database", "bad", str(error))


def _check_database(path: Path) -> Finding:
    from ...opencode.database import reading
    from ...opencode.source import open_source

    with open_source(path) as (storages, unknown), reading(path):
        if not storages:
            why = "of a layout known here" if unknown else "yet"
            return Finding("database", "warn", f"{path}: no sessions {why}")
        every = (session for storage in storages for session in storage.sessions())
        sessions = list({session.session_id: session for session in every}.values())
    newest = max(sessions, key=lambda session: session.updated or 0, default=None)
    version = f", last written by OpenCode {newest.version}" if newest else ""
    return Finding("database", "ok", f"{path}: {counted(len(sessions), 'session')}{version}")


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
