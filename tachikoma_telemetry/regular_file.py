"""Opening a file that somebody else may have put there: only a regular one, and never waiting.

A pipe at a planted place would keep its reader for ever, a device would fill its memory. A link is
not followed, unless its place is the user's: it may lead out of the project.

Only the standard library: recording opens files by this, too.
"""

from __future__ import annotations

import errno
import os
import stat

# O_NONBLOCK: opening a pipe does not wait for its other end. It means nothing for regular files.
FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


def open_regular(
    path: str | os.PathLike[str], flags: int = os.O_RDONLY, *, follow: bool = False
) -> int:
    """Open the regular file at `path`; returns its descriptor.

    `flags` are those of `os.open`; with `follow`, `path` may be a link to a regular file.

    Raises:
        OSError: when it can't be opened, or is a link, a pipe, a device or a folder.
    """
    descriptor = os.open(path, flags | (FLAGS & ~os.O_NOFOLLOW if follow else FLAGS))
    try:
        require_regular(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def require_regular(status: os.stat_result, path: str | os.PathLike[str]) -> None:
    """Refuse what is no regular file.

    Raises:
        OSError: `status` is of something else.
    """
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "this is no regular file", os.fspath(path))


def read_plain(path: str | os.PathLike[str], most: int) -> bytes:
    """What the regular file at `path` holds; links are followed.

    It may have `most` bytes.

    Raises:
        OSError: when it can't be read, is no regular file, or is longer.
    """
    content = read_head(path, most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", os.fspath(path))
    return content


def read_head(path: str | os.PathLike[str], most: int) -> bytes:
    """At most the first `most` bytes of the regular file at `path`; links are followed.

    Raises:
        OSError: when it can't be read, or is no regular file.
    """
    with open(open_regular(path, follow=True), "rb", buffering=0) as file:
        pieces = []
        while most > 0 and (piece := file.read(min(most, 1 << 20))):
            pieces.append(piece)
            most -= len(piece)
    return b"".join(pieces)
