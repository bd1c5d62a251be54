"""Every error of this package.

Exception
├── TachikomaError            a command or a report could not do its job
│   ├── DatabaseError         an OpenCode database can't be read
│   │   ├── NoDatabaseError   there is none
│   │   └── LockedError       another process holds it
│   ├── JournalError          a journal can't be read, repaired or pruned
│   ├── RecordingError        `log` can't record an event
│   ├── StoreError            the unified store, or a file of a report, can't be read or written
│   ├── InstallError          the plugin can't be installed
│   │   └── ForeignFileError  another file has the plugin's place
│   ├── UnknownSectionError   a report has no such section
│   ├── UnknownNameError      a filter names what the store does not know
│   │   └── UnknownSessionError
│   ├── FormError             this form of a report can't hold that
│   ├── ConfigError           config.toml can't be read
│   ├── ComparisonError       the sides of a comparison are unknown, or the same
│   ├── ExportError           records can't be handed to another system
│   └── FleetError            a fleet's folder can't be read or written
├── TelemetryError            skill code recorded something wrong, in strict mode only
├── UsageError                an option of `log` has a value that the event can't hold
├── MergeStop                 the dashboard ends during a merge, which is rolled back
├── DroppedValue              a value can't be recorded; the event is recorded without it
└── TimeoutError
    └── LockTimeoutError      another process held the journal's lock for too long
        ├── InterruptedHolderError
        └── NotImportedError

Each message is one sentence for the user: what could not be done, where, and what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every event that is recorded imports this module
    from pathlib import Path


class TachikomaError(Exception):
    """A command or a report could not do its job."""


class DatabaseError(TachikomaError):
    """An OpenCode database can't be read."""


class NoDatabaseError(DatabaseError):
    """There is no OpenCode database."""


class LockedError(DatabaseError):
    """Another process holds the database."""


class JournalError(TachikomaError):
    """A journal can't be read, repaired or pruned."""


class RecordingError(TachikomaError):
    """The command `log` can't record an event."""


class StoreError(TachikomaError):
    """The unified store, or a file that a report is written to, can't be read or written."""


class InstallError(TachikomaError):
    """The plugin can't be installed or removed."""


class ForeignFileError(InstallError):
    """A file that is not ours has the place of ours. Nothing was changed.

    Attributes:
        path: that file.

    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not one of tachikoma-telemetry's files: move it away, then try again."
        )
        self.path = path


class UnknownSectionError(TachikomaError):
    """A report has no such section."""


class UnknownNameError(TachikomaError):
    """The store does not know the name that a filter gives.

    Attributes:
        filter: which filter: `skill`, `model`, `tool`, `directory` or `session`.

    """

    def __init__(self, filter: str, message: str) -> None:
        super().__init__(message)
        self.filter = filter


class UnknownSessionError(UnknownNameError):
    """The store holds no such session."""


class FormError(TachikomaError):
    """This form of a report can't hold that, or needs what is not installed."""


class ConfigError(TachikomaError):
    """The configuration file can't be read."""


class FleetError(TachikomaError):
    """The folder or bucket of a fleet can't be read or written."""


class ComparisonError(TachikomaError):
    """The sides of a comparison are unknown, or the same."""


class ExportError(TachikomaError):
    """Records can't be handed to another system."""


class TelemetryError(Exception):
    """A problem with recording; raised only with ``TACHIKOMA_TELEMETRY_STRICT=1``.

    Attributes:
        event_id: the event that was recorded without what was dropped; empty when none was.

    """

    event_id = ""


class UsageError(Exception):
    """An option of `log` has a value that the event can't hold; the message names the option."""


class MergeStop(Exception):  # noqa: N818 - no error: the user quit
    """The dashboard ends; the merge that is under way is rolled back."""


class DroppedValue(Exception):  # noqa: N818 - no error: the event is recorded without the value
    """A value can't be recorded; the message says why."""


class LockTimeoutError(TimeoutError):
    """Another process held the journal's lock for the whole time that we may wait."""


class InterruptedHolderError(LockTimeoutError):
    """A signal interrupted this very thread while it held the lock: waiting does not help."""


class NotImportedError(LockTimeoutError):
    """A signal interrupted this very thread while it imported the library that locks."""
