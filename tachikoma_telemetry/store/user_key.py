"""The user's key, by which the stores of this user are known.

It is in the user's state folder, outside of any project.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from .. import project
from ..atomic_file import discard, write_new
from ..errors import StoreError
from ..regular_file import open_regular

_PURPOSE = b"tachikoma-telemetry unified store"
_KEY_BYTES = 32


def own_mark() -> str:
    """The mark of this user's stores; makes the user's key where there is none.

    Raises:
        StoreError: the key can't be read or written.
    """
    return _mark_by(_own_key())


def own_digest(text: str) -> str:
    """A digest of `text` that only this user on this machine can make, hexadecimal.

    Raises:
        StoreError: the user's key can't be read or written.
    """
    return hmac.new(_own_key(), text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _own_key() -> bytes:
    path = _key_path()
    key = _read_key(path)
    try:
        if key is None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = _make_key(path)
    except OSError as error:
        key = None
        reason = error.strerror
    else:
        reason = "it is no key file of this user"
    if key is None:
        raise StoreError(
            f"can't use {path}, by which your stores are known: {reason}; XDG_STATE_HOME can name "
            "another folder"
        )
    return key


def known_mark() -> str | None:
    """This user's mark; None when there is no key to make it by."""
    key = _read_key(_key_path())
    return None if key is None else _mark_by(key)


def _mark_by(key: bytes) -> str:
    return hmac.new(key, _PURPOSE, hashlib.sha256).hexdigest()


def _key_path() -> Path:
    """``$XDG_STATE_HOME/tachikoma-telemetry/key``, else below ``~/.local/state``."""
    state = os.environ.get("XDG_STATE_HOME", "")
    # As the XDG specification has it, a relative path counts as unset.
    base = state if os.path.isabs(state) else os.path.expanduser("~/.local/state")
    return Path(base) / "tachikoma-telemetry" / "key"


def _read_key(path: Path) -> bytes | None:
    with suppress(OSError):
        with open(open_regular(path), "rb", buffering=0) as file:
            key = file.read(_KEY_BYTES)
            if project.is_own(os.fstat(file.fileno())) and len(key) == _KEY_BYTES:
                return key
    return None


def _make_key(path: Path) -> bytes | None:
    """A new key at `path`, or the one that another merge has put there meanwhile."""
    fresh = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.new"
    write_new(fresh, [os.urandom(_KEY_BYTES)], sync=True)
    try:
        with suppress(FileExistsError):
            os.link(fresh, path)
    except OSError:
        # A file system without second names: then the last of two at once wins.
        if not os.path.lexists(path):
            os.replace(fresh, path)
    finally:
        discard(fresh)
    return _read_key(path)
