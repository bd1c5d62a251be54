"""Reading what a merge request names: OpenCode's databases and the journals, into the facts."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ..clock import now_ms
from ..errors import JournalError
from ..journal.find import is_begun
from ..journal.read import journal_files
from ..progress import Progress
from ..project import as_text
from .changes import Changes
from .facts.databases import merge_database, placed_skills
from .facts.journal_places import is_of_this_user, journal_places_of, journal_project
from .facts.journals import merge_journal
from .facts.nested_sessions import attribute_nested
from .request import MergeRequest


def read_databases(
    store: sqlite3.Connection, request: MergeRequest, changes: Changes, progress: Progress
) -> list[str]:
    """Take in what is new in OpenCode's databases; returns what was not read, and why.

    Raises:
        DatabaseError: one of them can't be read.
    """
    scope = None if request.all_projects else os.path.realpath(request.root)
    now = now_ms()
    placed = placed_skills(request.root)
    found = [
        merge_database(store, database, scope, placed, changes, progress, now)
        for database in request.databases
    ]
    warnings = [warning for each in found for warning in each.warnings]
    if not any(each.sessions for each in found):
        warnings += _elsewhere(set().union(*(each.elsewhere for each in found)))
    return warnings


def _elsewhere(sessions: set[str]) -> list[str]:
    if len(sessions) == 1:
        return ["1 session belongs to another folder: --all-projects takes it too"]
    many = f"{len(sessions):,} sessions belong to other folders: --all-projects takes them too"
    return [many] if sessions else []


def read_journals(store: sqlite3.Connection, request: MergeRequest, changes: Changes) -> list[str]:
    """Take in what is new in the journals, and which sessions began in commands of others; returns
    what was not read, and why.

    With `all_projects`, those of all folders with sessions, too; so the databases have to be read
    before.

    Raises:
        JournalError: one that the request names can't be read.
    """
    warnings, now = [], now_ms()
    for journal in request.journals:
        if is_begun(journal):
            project = journal_project(journal) or os.path.realpath(request.root)
            warnings += merge_journal(store, journal, as_text(project), changes, now)
        elif request.named_journals:
            raise JournalError(f"no journal at {journal}")
    others = _other_places(store, request) if request.all_projects else []
    begun = [place for place in others if journal_files(place)]
    if request.named_journals:
        warnings += [f"{journal} was not read: --metrics adds it" for journal in begun]
        others = []
    else:
        warnings += _read_other_journals(store, begun, changes, now)
    attribute_nested(store, [*request.journals, *others], changes)
    return warnings


def _other_places(store: sqlite3.Connection, request: MergeRequest) -> list[Path]:
    """Where the journals of all folders with sessions are, or would be, but for the request's."""
    folders = store.execute("SELECT DISTINCT directory FROM sessions WHERE directory IS NOT NULL")
    read = {os.path.realpath(journal) for journal in request.journals}
    places = journal_places_of(folder for (folder,) in folders)
    return [place for place in places if os.path.realpath(place) not in read]


def _read_other_journals(
    store: sqlite3.Connection, journals: list[Path], changes: Changes, now: int
) -> list[str]:
    """Take in journals that the request does not name; returns which were not, and why."""
    warnings = []
    for journal in journals:
        if not is_of_this_user(journal):
            warnings.append(f"{journal} is another user's and was not read: --metrics adds it")
            continue
        try:
            warnings += merge_journal(store, journal, journal_project(journal), changes, now)
        except JournalError as error:
            # The damage of one project must not hide all the others.
            warnings.append(str(error))
    return warnings
