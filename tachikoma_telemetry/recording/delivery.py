"""Delivery of an event to the project's journal, or beside it when that can't be written."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from .. import project
from ..clock import steady_ns
from ..errors import InterruptedHolderError, LockTimeoutError, NotImportedError
from ..journal import append as journal
from ..journal import spill
from ..journal.absorb import absorb
from ..journal.lock import LOCK_SECONDS
from . import settings
from .problems import problem

_CONTENDED_NS = 30_000_000_000


class Target:
    """A journal, and what this process knows about it.

    Attributes:
        path: where it is.
        lock_seconds: how long to wait for its lock.
        rotate_at: bytes from which on a new one begins; 0 is never.
        contended_until: steady time, ns, up to which its lock is not waited for.
        absorbed: whether spilled events were looked for since there may have been some.
    """

    __slots__ = ("absorbed", "contended_until", "lock_seconds", "path", "rotate_at")

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock_seconds = settings.lock_seconds(LOCK_SECONDS)
        self.rotate_at = settings.rotate_bytes(journal.ROTATE_BYTES)
        self.contended_until = 0
        self.absorbed = False


_targets: dict[tuple[str, str | None, str | None], Target] = {}


def target() -> Target:
    """The journal of the project that this process works in; found once for each folder."""
    get = os.environ.get
    named = get("TACHIKOMA_PROJECT")
    moved = os.path.expanduser(get("TACHIKOMA_TELEMETRY_DIR", ""))
    # A deleted working folder matters only where a setting is relative to it.
    absolute = os.path.isabs(moved) or (bool(named) and os.path.isabs(str(named)))
    key = ("" if absolute else os.getcwd(), named, moved)
    found = _targets.get(key)
    if found is None:
        if os.path.isabs(moved):
            path = os.path.join(moved, project.JOURNAL_NAME)
        else:
            path = str(project.journal_path(project.find_root()))
        found = _targets[key] = Target(path)
    return found


def target_or_none() -> Target | None:
    """As `target`; None when it can't be found, which the first event then reports."""
    try:
        return target()
    except OSError:
        return None


def get_ready() -> None:
    """Import what the first event needs, so that the time this takes is in no run (25 to 40 ms)."""
    # The first event reports what is wrong with it.
    with suppress(Exception):
        from ..journal import lock, spill  # noqa: F401 - for the import alone

        lock.filelock()


def deliver(line: bytes, to: Target) -> None:
    """Append `line`, an event, to the journal `to`; if that can't be done, put it beside it.

    Raises:
        OSError: when neither can be written.
    """
    # After one full wait the lock's holder is stopped or hung: try once, without waiting again.
    contended = to.contended_until and steady_ns() < to.contended_until
    wait = 0.0 if contended else to.lock_seconds
    try:
        try:
            journal.append(to.path, line, timeout=wait, rotate_at=to.rotate_at)
        except FileNotFoundError:
            project.create_private_dir(Path(os.path.dirname(to.path)))
            journal.append(to.path, line, timeout=wait, rotate_at=to.rotate_at)
    except (InterruptedHolderError, NotImportedError):
        # In a signal handler: the code that it interrupted goes on afterwards, and absorbs this.
        _spill(to, line)
        return
    except LockTimeoutError:
        if not contended:
            to.contended_until = steady_ns() + _CONTENDED_NS
        _spill(to, line)
        return
    except OSError as error:
        try:
            _spill(to, line, begun=True)
        except OSError:
            raise error from None
        reason = error.strerror or str(error)
        # Nothing is lost, so strict mode has nothing to raise.
        message = f"the journal {to.path} can't be written ({reason}); events are kept beside it"
        problem(message, raising=False)
        return
    to.contended_until = 0
    if not to.absorbed:
        _absorb(to)


def _spill(to: Target, line: bytes, *, begun: bool = False) -> None:
    try:
        spill.spill(to.path, line, begun=begun)
    except FileNotFoundError:
        project.create_private_dir(Path(os.path.dirname(to.path)))
        spill.spill(to.path, line, begun=begun)
    to.absorbed = False


def _absorb(to: Target) -> None:
    """Move in what this or another process could not write.

    Once a process, and after a spill of its own: listing the folder for every event would cost more
    than the event.
    """
    try:
        # A second time for what a signal handler spilled during the first.
        for _ in range(2):
            if not to.absorbed:
                to.absorbed = True
                if spill.spilled(to.path):
                    absorb(to.path, timeout=0.0, rotate_at=to.rotate_at)
    except OSError:
        return  # the spilled events stay where they are, and the next process tries again
