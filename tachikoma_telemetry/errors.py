"""What can go wrong outside of recording.

TachikomaError
├── DatabaseError        an OpenCode database can't be read
│   ├── NoDatabaseError  there is none
│   └── LockedError      it is held by another process
├── JournalError         a journal can't be read
├── RecordingError       an event can't be recorded
├── StoreError           the unified store can't be read or written
├── UnknownSectionError  a report has no such section
└── InstallError         the plugin can't be installed

Each message is one sentence for a person: what could not be done, where, and what to do about it.
"""

from __future__ import annotations


class TachikomaError(Exception):
    """The command could not do its job."""


class DatabaseError(TachikomaError):
    """An OpenCode database can't be read."""


class NoDatabaseError(DatabaseError):
    """There is no OpenCode database."""


class LockedError(DatabaseError):
    """The database is held by another process."""


class JournalError(TachikomaError):
    """A journal can't be read."""


class RecordingError(TachikomaError):
    """An event can't be recorded."""


class StoreError(TachikomaError):
    """The unified store can't be read or written."""


class UnknownSectionError(TachikomaError):
    """A report has no such section."""


class InstallError(TachikomaError):
    """The plugin can't be installed."""
