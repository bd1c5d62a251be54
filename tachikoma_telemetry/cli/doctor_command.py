"""`tachikoma-telemetry doctor`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import typer

from .. import project as places
from ..errors import TachikomaError
from ..visible import visible
from ..words import counted
from .merge_command import WHY
from .options import (
    DatabaseOption,
    ProjectOption,
    StoreOption,
    root_of,
    store_of,
)

_ADVICE = {
    "orphan": "merge again once OpenCode has ended, or check that --db names its database",
    "ambiguous": "OpenCode older than 1.2.15 can't tell parallel calls apart: upgrade it",
    "none": "if not, OpenCode had no plugin yet: `init`, then restart it",
}


class _Source(NamedTuple):
    """What is said of a source of merges, and whether it is there."""

    lines: list[str]
    found: bool = True


def doctor_command(
    db: DatabaseOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
) -> None:
    """Say what is in place and what is missing: plugin, databases, journal, joins.

    Reads only; `merge` first for what the joins look like now.

    Example:

        tachikoma-telemetry doctor
    """
    root = root_of(project)
    databases, journal = _databases(db), _journal(places.journal_path(root))
    lines = [f"project    {root}", *_plugin(root), *databases.lines, *journal.lines]
    lines += _joins(store_of(root, store), something=databases.found or journal.found)
    for line in lines:
        typer.echo(visible(line))


def _plugin(root: Path) -> list[str]:
    import opencode_hooks

    found = [
        (where, installed)
        for where, statuses in (
            ("this project", opencode_hooks.status(root)),
            ("all projects", opencode_hooks.status(None, global_=True)),
        )
        for installed in statuses
        if installed.kind == "plugin" and installed.state != "missing"
    ]
    if not found:
        return ["plugin     not installed: run `tachikoma-telemetry init`, then restart OpenCode"]
    lines = []
    for where, installed in found:
        hint = "" if installed.state == "current" else "; run `tachikoma-telemetry init` again"
        lines.append(f"plugin     {installed.state}, for {where}: {installed.path}{hint}")
    return lines


def _databases(named: list[Path] | None) -> _Source:
    from ..opencode.database import reading
    from ..opencode.locate import find_databases
    from ..opencode.source import open_source

    try:
        paths = find_databases(named)
    except TachikomaError as error:
        return _Source([f"database   {error}"], found=False)
    lines = []
    for path in paths:
        try:
            with open_source(path) as (storages, unknown), reading(path):
                if not storages:
                    why = "of a layout known here" if unknown else "yet"
                    lines.append(f"database   {path}: no sessions {why}")
                    continue
                every = (session for storage in storages for session in storage.sessions())
                sessions = list({session.session_id: session for session in every}.values())
        except TachikomaError as error:
            lines.append(f"database   {error}")
            continue
        newest = max(sessions, key=lambda session: session.updated or 0, default=None)
        version = f", last written by OpenCode {newest.version}" if newest else ""
        lines.append(f"database   {path}: {counted(len(sessions), 'session')}{version}")
    return _Source(lines)


def _journal(path: Path) -> _Source:
    from ..journal.find import is_begun
    from ..journal.read import JournalReader, journal_files, no_files

    if not is_begun(path):
        return _Source([f"journal    none yet; skills write it: {path}"], found=False)
    last, count, malformed = 0, 0, 0
    unread = [f"           {each} is no regular file, and not read" for each in no_files(path)]
    for file in journal_files(path):
        reader = JournalReader(file)
        try:
            for line in reader:
                count += 1
                last = max(last, line.event["time"])
        except OSError as error:
            unread.append(f"           can't read {file}: {error.strerror or error}")
        malformed += reader.malformed
    when = f", the last {_local(last)}" if count else ""
    lines = [f"journal    {path}: {counted(count, 'event')}{when}"]
    if malformed:
        lines.append(f"           {malformed} damaged lines: run `tachikoma-telemetry repair`")
    return _Source(lines + unread + _waiting(path))


def _waiting(path: Path) -> list[str]:
    from ..journal.spill import waiting_events

    try:
        count = waiting_events(str(path))
    except OSError as error:
        return [f"           can't read what waits beside it: {error.strerror or error}"]
    if not count:
        return []
    events, command = counted(count, "event"), "`tachikoma-telemetry repair`"
    return [f"           {events} beside it, not yet in it: {command} moves them"]


def _joins(path: Path, *, something: bool) -> list[str]:
    from ..reports.query import sql_of
    from ..store.store import read_store, telling

    if not path.exists() and not something:
        return ["store      none yet, and nothing to merge yet"]
    try:
        store = read_store(path)
    except TachikomaError as error:
        return [f"store      {error}"]
    try:
        with telling("read", path):
            contradicted = len(store.execute(sql_of("prepared/contradictions")).fetchall())
            query = "SELECT match, count(*) FROM events GROUP BY 1"
            matches = dict(store.execute(query).fetchall())
            (merged,) = store.execute("SELECT max(merged) FROM merge_state").fetchone()
    except TachikomaError as error:
        return [f"store      {error}"]
    finally:
        store.close()
    total = sum(matches.values())
    joined = matches.get("exact", 0) + matches.get("inferred", 0)
    when = f", merged {_local(merged)}" if merged else ""
    lines = [f"store      {path}{when}", f"joined     {joined:,} of {counted(total, 'event')}"]
    for match, advice in _ADVICE.items():
        if matches.get(match):
            lines.append(f"           {matches[match]:,} {match}: {WHY[match]}; {advice}")
    if contradicted:
        lines.append(
            f"runs       {counted(contradicted, 'run')} recorded success in a call that ended with "
            'another exit code than 0: record run.fail("…"), or use exit_code=True'
        )
    return lines


def _local(ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return f"at {ms} ms"  # a damaged clock: show what was written
