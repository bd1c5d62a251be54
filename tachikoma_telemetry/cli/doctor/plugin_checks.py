"""Checks of the plugin: whether it is installed, and whether OpenCode loads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...project import is_inside, telemetry_dir
from ...words import counted
from ..time_words import shown_time
from .finding import Finding

if TYPE_CHECKING:
    from opencode_hooks import InstalledFile, SignOfLife
    from opencode_hooks.sign_of_life import Api

    from ...opencode.shapes import Session


def check_plugin(root: Path) -> Iterator[Finding]:
    """Whether skill code knows which call it runs in."""
    installed = installed_plugins(root)
    for where, plugin in installed:
        text = f"{plugin.state}, for {where}: {plugin.path}"
        if plugin.state == "current":
            yield Finding("plugin", "ok", text)
        else:
            yield Finding("plugin", "warn", text, "run `tachikoma-telemetry init` again")
    if not installed:
        fix = "run `tachikoma-telemetry init`, then restart OpenCode"
        yield Finding("plugin", "warn", "not installed", fix)


def installed_plugins(root: Path) -> list[tuple[str, InstalledFile]]:
    """Our plugin where it is installed, each with where that is."""
    import opencode_hooks

    statuses = (
        ("this project", opencode_hooks.status(root)),
        ("all projects", opencode_hooks.status(None, global_=True)),
    )
    return [
        (where, each)
        for where, found in statuses
        for each in found
        if each.kind == "plugin" and each.state != "missing"
    ]


def check_served(root: Path, sessions: Iterable[Session]) -> Iterator[Finding]:
    """Which versions of OpenCode worked in this project, and whether each loads the plugin.

    OpenCode 1 and 2 load it in different ways, so one may where the other does not.
    """
    import opencode_hooks

    folder = telemetry_dir(root)
    signs = {sign.api: sign for sign in opencode_hooks.signs_of_life(folder)}
    installed = [plugin for _, plugin in installed_plugins(root)]
    inside: dict[str, bool] = {}
    here: dict[Api, list[Session]] = {}
    for session in sessions:
        directory = session.directory or ""
        if directory not in inside:
            inside[directory] = bool(directory) and is_inside(directory, str(root))
        if inside[directory] and (api := _api_of(session.version)):
            here.setdefault(api, []).append(session)
    for api, seen in sorted(here.items()):
        newest = max(seen, key=lambda session: session.created or 0)
        last = max(session.updated or session.created or 0 for session in seen)
        count = counted(len(seen), "session")
        text = f"{newest.version}, {count} here, the last {shown_time(last)}: "
        said, fix = _served(newest, signs.get(api), installed, telemetry=folder.is_dir())
        yield Finding("opencode", "warn" if fix else "ok", text + said, fix)


def _api_of(version: str | None) -> Api | None:
    """The plugin interface of a version of OpenCode; None where its number does not say it."""
    number = re.match(r"(\d{1,3})\.\d", version or "")
    if number is None:
        return None
    major = int(number[1])
    return "v2" if major >= 2 else "v1" if major == 1 else None


def _served(
    newest: Session, sign: SignOfLife | None, installed: list[InstalledFile], *, telemetry: bool
) -> tuple[str, str | None]:
    """Whether the OpenCode of the newest session has loaded the plugin, and what to do if not."""
    restart = "restart OpenCode"
    if sign is None:
        if not installed:
            return "the plugin is not installed", None  # and said so above
        if not telemetry:
            return "no telemetry folder, so the plugin leaves no sign of life", None
        if (newest.created or 0) < max(_installed_at(each) for each in installed):
            return "no session since the plugin was installed", None
        log = f"{restart}; if that does not help, look for `plugin` in its log"
        return "it never loaded the plugin", log
    heard = (
        f"the plugin was loaded {shown_time(sign.loaded)}, last heard of {shown_time(sign.heard)}"
    )
    if sign.opencode not in (None, newest.version) and (newest.created or 0) > sign.heard:
        return f"{heard}, by OpenCode {sign.opencode}, and not by this one since", restart
    versions = [each.version for each in installed if each.version is not None]
    if versions and sign.plugin < max(versions):
        return f"{heard}, in an older version than is installed", restart
    return heard, None


def _installed_at(plugin: InstalledFile) -> float:
    """When the file was written, ms; 0 if unknown."""
    try:
        return plugin.path.stat().st_mtime * 1000
    except OSError:
        return 0
