"""A fleet's folder, on this machine or in a bucket, by fsspec's file systems."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import FleetError
from ..installed_as import install_command
from ..visible import visible


class FleetFolder:
    """A folder or the prefix of a bucket: ``/srv/fleet``, ``s3://bucket/fleet``.

    Args:
        url: as the user names it. Keys and endpoints come from the environment, as each file
            system has it (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …).

    Raises:
        FleetError: when no file system is known for it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            import fsspec
        except ImportError as error:
            raise FleetError(
                f"a fleet's folder needs more packages: {install_command('fleet')}"
            ) from error
        try:
            # Another process may have written since: nothing is remembered of what is there.
            self.files, root = fsspec.url_to_fs(
                url, use_listings_cache=False, skip_instance_cache=True
            )
        except ImportError as error:
            raise FleetError(
                f"{visible(url)} needs more packages ({visible(str(error))}): "
                f"{install_command('fleet')}"
            ) from error
        except (ValueError, TypeError):
            self.files, root = self._without_cache_option(url)
        except OSError as error:
            raise FleetError(f"can't reach {visible(url)}: {visible(str(error))}") from error
        self.root: str = root.rstrip("/")

    def _without_cache_option(self, url: str) -> tuple[Any, str]:
        import fsspec

        try:
            files, root = fsspec.url_to_fs(url)
        except ValueError as error:
            raise FleetError(f"can't use {visible(url)}: {visible(str(error))}") from error
        return files, root

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return "file" in (
            self.files.protocol if isinstance(self.files.protocol, tuple) else [self.files.protocol]
        )

    def path(self, name: str) -> str:
        """The whole path of a file, as the file system has it."""
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """The content of a file; None when there is none.

        Raises:
            FleetError: when it can't be read.
        """
        with self._explained("read", name):
            try:
                content: bytes = self.files.cat_file(self.path(name))
            except FileNotFoundError:
                return None
            return content

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, sorted; none when there is no such folder.

        Raises:
            FleetError: when it can't be read.
        """
        with self._explained("read", folder):
            try:
                found = self.files.ls(self.path(folder), detail=False)
            except FileNotFoundError:
                return []
            return sorted(each.rstrip("/").rpartition("/")[2] for each in found)

    def sizes(self, folder: str) -> dict[str, int]:
        """The sizes in bytes of all files in a folder and below, by path; none without a folder.

        Raises:
            FleetError: when it can't be read.
        """
        with self._explained("read", folder):
            try:
                found = self.files.find(self.path(folder), detail=True)
            except FileNotFoundError:
                return {}
            begin = len(self.root) + 1
            return {path[begin:]: each["size"] for path, each in found.items()}

    def written(self, name: str) -> int | None:
        """When a bucket wrote a file by its own clock, ms since the epoch.

        None in a folder, whose files have the time of the machine that wrote them, and where the
        bucket does not say.

        Raises:
            FleetError: when it can't be read.
        """
        if self.is_local:
            return None
        with self._explained("read", name):
            try:
                return int(self.files.modified(self.path(name)).timestamp() * 1000)
            except NotImplementedError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file as a whole: a reader finds the former content or this one.

        Raises:
            FleetError: when it can't be written.
        """
        path = self.path(name)
        with self._explained("write", name):
            if not self.is_local:
                # A bucket's object is there as a whole, or not at all.
                self.files.pipe_file(path, content)
                return
            folder = os.path.dirname(path)
            os.makedirs(folder, exist_ok=True)
            # Engines pass over names that begin with `_`.
            fresh = f"{folder}/_{os.getpid()}-{os.urandom(4).hex()}.new"
            try:
                with open(fresh, "xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(fresh, path)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(fresh)
                raise

    def remove(self, name: str) -> None:
        """Remove a file, where there is one.

        Raises:
            FleetError: when it can't be removed.
        """
        with self._explained("remove", name), contextlib.suppress(FileNotFoundError):
            self.files.rm_file(self.path(name))

    @contextmanager
    def _explained(self, what: str, name: str) -> Iterator[None]:
        """Raise what a file system raises as an error with a sentence."""
        try:
            yield
        except PermissionError as error:
            raise FleetError(
                f"can't {what} {visible(name)} in {visible(self.url)}: permission denied"
            ) from error
        except Exception as error:  # each file system has errors of its own
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise FleetError(
                f"can't {what} {visible(name)} in {visible(self.url)}: {visible(str(reason))}"
            ) from error
