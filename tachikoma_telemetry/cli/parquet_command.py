"""`tachikoma-telemetry export parquet`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .merge_options import MergeOptions, OptionalMerge
from .option_group import value_option
from .options import QuietOption
from .progress_bar import progress_bar
from .say import note

if TYPE_CHECKING:
    from ..fleet.writer import ExportRequest


def parquet_command(
    *,
    to: Annotated[str, value_option("The fleet's folder: a path, or s3://bucket/prefix.", "PLACE")],
    machine: Annotated[
        str | None,
        value_option(
            "The name of this machine's files. Default: the computer's and the project's.", "NAME"
        ),
    ] = None,
    person: Annotated[
        str | None, value_option("Who works on it. Default: the user's name here.", "NAME")
    ] = None,
    pseudonymize: Annotated[
        Path | None,
        value_option(
            "Replace machines, people and folders by keyed digests, and leave titles out. The key "
            "is what this file holds; with one key, all machines use the same digests.",
            "KEYFILE",
        ),
    ] = None,
    without: Annotated[
        list[Path] | None, value_option("A project that stays at home. Repeatable.", "FOLDER")
    ] = None,
    quiet: QuietOption = False,
    merge: OptionalMerge,
) -> None:
    """Merge what is new, then bring this machine's files in a shared folder up to date.

    The tables of the store as Parquet, a file a day. Only files in which something changed are
    written; doing it twice changes nothing. `report --source PLACE` reads what all machines have
    written. Needs the extra `fleet`.

    Example:

        tachikoma-telemetry export parquet --to s3://team/telemetry

        tachikoma-telemetry export parquet --to /mnt/team --pseudonymize team.key
    """
    from ..fleet.fleet_folder import FleetFolder
    from ..fleet.writer import export
    from ..store.store import store_at
    from ..words import counted

    place = FleetFolder(to)
    if not merge.no_merge:
        merge.run(quiet=quiet)
    request = _request(merge, machine, person, pseudonymize, without or [])
    with (
        _alone(merge.target),
        store_at(merge.target) as connection,
        progress_bar(quiet=quiet) as progress,
    ):
        done = export(connection, place, request, progress)
    changed = f"{counted(done.written, 'file')} written ({done.bytes:,} bytes)"
    if done.removed:
        changed += f", {done.removed:,} removed"
    note(
        f"{request.machine}: {counted(done.rows, 'row')} in {counted(done.files, 'file')} at "
        f"{place.url}; {changed}",
        quiet=quiet,
    )


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Keep other exports of the store out: the later one might write what is older."""
    from filelock import FileLock, Timeout

    from ..errors import FleetError

    try:
        with FileLock(f"{store}.export.lock", timeout=0, mode=0o600):
            yield
    except Timeout as error:
        raise FleetError(
            "another export of this store is at work; try again when it is done"
        ) from error


def _request(
    merge: MergeOptions,
    machine: str | None,
    person: str | None,
    key_file: Path | None,
    without: list[Path],
) -> ExportRequest:
    import getpass
    import platform

    from .. import __version__
    from ..fleet.pseudonyms import pseudonym
    from ..fleet.writer import ExportRequest
    from ..store.user_key import own_digest

    name = machine or _as_name(f"{platform.node().partition('.')[0]}-{merge.root.resolve().name}")
    who = person or getpass.getuser()
    identity = own_digest(f"{name}\0{merge.target.resolve()}")
    key = _key(key_file) if key_file is not None else None
    if key is not None:
        name, who = pseudonym(key, name), pseudonym(key, who)
    return ExportRequest(
        *(name, identity, who, key, without, __version__), _installed(merge.root, without)
    )


def _installed(root: Path, without: list[Path]) -> list[tuple[str, str | None]]:
    """The skills that are installed, but those of projects that stay at home."""
    from ..opencode.installed import find_installed
    from ..project import is_inside

    homes = [str(each.resolve()) for each in without]
    found = {
        (each.skill, each.id)
        for each in find_installed(root, later=True)
        if not any(is_inside(str(Path(each.path).resolve()), home) for home in homes)
    }
    return sorted(found, key=lambda each: (each[0], each[1] or ""))


def _as_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._@-]+", "-", text).strip("-.")[:100] or "machine"


_KEY_BYTES = 16


def _key(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise typer.BadParameter(
            f"can't read {path}: {error.strerror}", param_hint="--pseudonymize"
        ) from error
    if len(key) < _KEY_BYTES:
        raise typer.BadParameter(
            f"{path} holds {len(key)} bytes; a key needs {_KEY_BYTES} that can't be guessed, as "
            "from `openssl rand -hex 32`",
            param_hint="--pseudonymize",
        )
    return key
