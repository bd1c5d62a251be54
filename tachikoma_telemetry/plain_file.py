"""Reading a file that anybody may have put there: never a pipe or a device, never without end.

A project that was cloned brings its own `.opencode`. A FIFO in it would be waited for, for ever,
and a link to `/dev/zero` read until there is no memory left.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

# Without O_NONBLOCK, to open a FIFO waits for who writes into it. A file is read as ever.
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_plain(path: Path | str, most: int) -> bytes:
    """What the file at `path` holds; links are followed.

    Args:
        path: where it is.
        most: bytes that it may have.

    Raises:
        OSError: when it can't be read, is no regular file, or is longer.

    """
    content = read_head(path, most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def read_head(path: Path | str, most: int) -> bytes:
    """At most the first `most` bytes of the file at `path`.

    Raises:
        OSError: when it can't be read, or is no regular file.

    """
    descriptor = os.open(path, _READ)
    with open(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        pieces = []
        while most > 0 and (piece := file.read(min(most, 1 << 20))):
            pieces.append(piece)
            most -= len(piece)
    return b"".join(pieces)
