"""Checks of what a command of OpenCode can import: the library, by the `python` that it runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ... import __version__
from .finding import Finding

_NAMES = ("python", "python3")
_SECONDS = 20


def check_library(root: Path) -> Iterator[Finding]:
    """Whether commands of OpenCode can import this package, tried with each Python on the PATH."""
    import opencode_hooks
    from opencode_hooks import python_library

    installed = False
    for known in (opencode_hooks.status(root), opencode_hooks.status(None, global_=True)):
        plugin, _, library = known
        installed = installed or library.state not in ("missing", "foreign")
        if plugin.state != "missing" and library.state != "current":
            text = f"{library.state}: {library.path}"
            fix = "run `tachikoma-telemetry init` again, with --global if it was installed so"
            if library.state == "newer":
                fix = "upgrade tachikoma-telemetry"
            elif library.state == "foreign":
                fix = "it is not ours: move it away, then run `tachikoma-telemetry init`"
            yield Finding("library", "warn", text, fix)
    pythons = _pythons(os.environ)
    with TemporaryDirectory() as own:
        # The same files: what is in the folder of a project that came from elsewhere must not run.
        if installed:
            python_library.put(Path(own))
        for path, names in pythons.items():
            yield _check_python(path, "/".join(names), root, Path(own))
    if not pythons:
        yield Finding("python", "warn", "there is none on the PATH here")


def check_command() -> Iterator[Finding]:
    """Whether commands of OpenCode find ours: shell skills record by it, `/telemetry` reports."""
    from ...installed_as import NAME

    if shutil.which(NAME) is None:
        text = f"{NAME} is not on the PATH here, so shell skills and /telemetry don't find it"
        own = Path(sys.executable).with_name(NAME)
        folder = own.parent if own.exists() else "its folder"
        yield Finding("command", "warn", text, f"start OpenCode with {folder} on the PATH")


def _pythons(environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The interpreters that a command finds by their usual names, and the names of each."""
    found: dict[str, list[str]] = {}
    for name in _NAMES:
        path = shutil.which(name, path=environment.get("PATH"))
        # A relative entry of the PATH would run what happens to be in this folder.
        if path is None or not os.path.isabs(path):
            continue
        same = next((p for p in found if os.path.realpath(p) == os.path.realpath(path)), path)
        found.setdefault(same, []).append(name)
    return found


def _check_python(path: str, names: str, root: Path, own: Path) -> Finding:
    try:
        seen = _seen(path, root, own)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return Finding("python", "warn", f"{names} ({path}) can't be run: {type(error).__name__}")
    python = f"{names} {seen.get('python')} ({path})"
    if "error" in seen:
        fix = "run `tachikoma-telemetry init`, then restart OpenCode"
        return Finding("python", "warn", f"{python} can't import the package", fix)
    if seen.get("version") is None:
        from opencode_hooks.python_library import OLDEST

        fix = f"put Python {'.'.join(map(str, OLDEST))} or later first on the PATH"
        return Finding("python", "warn", f"{python} is too old, and records nothing", fix)
    is_library = str(seen.get("file")).startswith(str(own) + os.sep)
    where = "of the library" if is_library else f"installed in {seen.get('file')}"
    text = f"{python} imports {seen['version']}, {where}"
    if seen["version"] != __version__:
        return Finding("python", "warn", text, f"this is {__version__}: install it there, too")
    return Finding("python", "ok", text)


def _seen(path: str, root: Path, own: Path) -> dict[str, Any]:
    """What the interpreter at `path` prints that it sees, in the environment of a command."""
    from opencode_hooks import python_library

    check = Path(python_library.__file__).with_name("library") / "check.py"
    paths = [os.environ.get("PYTHONPATH", ""), str(python_library.python_path(own))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # a doctor leaves nothing behind
    done = subprocess.run(
        [path, str(check)],
        env=environment,
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    seen = json.loads(done.stdout)
    if not isinstance(seen, dict):
        raise ValueError("no object")
    return seen
