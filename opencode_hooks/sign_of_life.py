"""What the plugin leaves in the telemetry folder when OpenCode loads it, and while it works."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tachikoma_telemetry.regular_file import read_plain

Api = Literal["v1", "v2"]

SIGNS: Mapping[str, Api] = {f"plugin-{api}.json": api for api in get_args(Api)}
"""The files, by name, and the plugin interface of the OpenCode that left each."""

_BYTES_MAX = 1 << 12


@dataclass(frozen=True)
class SignOfLife:
    """The last OpenCode with this interface that loaded the plugin in a project.

    Attributes:
        api: `v1` is OpenCode 1, `v2` OpenCode 2.
        opencode: its version; None if it did not say it.
        plugin: the version of our plugin.
        loaded: when OpenCode loaded it, ms.
        heard: when the plugin was last at work, ms; it says so once an hour.
    """

    api: Api
    opencode: str | None
    plugin: int
    loaded: int
    heard: int


def signs_of_life(telemetry: Path) -> list[SignOfLife]:
    """Those in a telemetry folder; what can't be read, or is none of ours, is left out."""
    found = (_read(telemetry / name, api) for name, api in SIGNS.items())
    return [sign for sign in found if sign is not None]


def _read(path: Path, api: Api) -> SignOfLife | None:
    try:
        said = json.loads(read_plain(path, _BYTES_MAX))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    plugin, loaded, heard = (_number(said.get(key)) for key in ("plugin", "loaded", "heard"))
    if plugin is None or loaded is None or heard is None:
        return None
    opencode = said.get("opencode")
    known = isinstance(opencode, str) and opencode.isprintable() and len(opencode) <= 64
    return SignOfLife(api, opencode if known else None, plugin, loaded, heard)


def _number(value: object) -> int | None:
    # Up to the end of the year 9999 in ms.
    return value if type(value) is int and 0 <= value < 253_402_300_800_000 else None
