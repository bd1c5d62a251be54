"""Reading what a merge request names: OpenCode's databases and the journals, into the facts."""

from __future__ import annotations

import os
import sqlite3

from ..clock import now_ms
from ..errors import JournalError
from ..journal.find import is_begun
from ..project import as_text
from .changes import Changes
from .facts.databases import merge_database
from .facts.journal_places import is_of_this_user, journal_project, journals_of_folders
from .facts.journals import merge_journal
from .facts.nested_sessions import nested_sessions
from .progress import Progress
from .request import MergeRequest


def read_databases(
    store: sqlite3.Connection, request: MergeRequest, changes: Changes, progress: Progress
) -> list[str]:
    """Take in what is new in OpenCode's databases; returns what was not read, and why.

    Raises:
        DatabaseError: one of them can't be read.

    """
    scope = None if request.all_projects else os.path.realpath(request.root)
    now, nested = now_ms(), nested_sessions(request.journals)
    found = [
        merge_database(store, database, scope, nested, changes, progress, now)
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
    """Take in what is new in the journals; returns what was not read, and why.

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
    if request.all_projects:
        warnings += _read_other_journals(store, request, changes, now)
    return warnings


def _read_other_journals(
    store: sqlite3.Connection, request: MergeRequest, changes: Changes, now: int
) -> list[str]:
    """Take in the journals of all folders with sessions; returns which were not, and why."""
    folders = store.execute("SELECT DISTINCT directory FROM sessions WHERE directory IS NOT NULL")
    read = {os.path.realpath(journal) for journal in request.journals}
    others = [
        journal
        for journal in journals_of_folders(folder for (folder,) in folders)
        if os.path.realpath(journal) not in read
    ]
    if request.named_journals:
        return [f"{journal} was not read: --metrics adds it" for journal in others]
    warnings = []
    for journal in others:
        if not is_of_this_user(journal):
            warnings.append(f"{journal} is another user's and was not read: --metrics adds it")
            continue
        try:
            warnings += merge_journal(store, journal, journal_project(journal), changes, now)
        except JournalError as error:
            # The damage of one project must not hide all the others.
            warnings.append(str(error))
    return warnings
