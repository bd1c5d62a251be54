"""The OpenCode binaries that the tests run, and ripgrep, which OpenCode calls: pinned, from npm,
cached in the checkout.

npm's platform packages (``opencode-linux-x64``) hold the bare binary. The ``opencode-ai`` package
around them is not used: its launcher needs a postinstall script that npm 11 does not run, and it
brings every variant of the binary.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

VERSIONS = ("1.2.1", "1.2.15", "1.14.41", "1.18.33")
NEWEST = VERSIONS[-1]

OPENCODE_2 = "opencode2"
"""Stands for a version: the binary of OpenCode 2 that ``TACHIKOMA_TEST_OPENCODE2`` names."""

NO_OPENCODE_2_HERE = "no OpenCode 2"
NO_OPENCODE_2 = f"{NO_OPENCODE_2_HERE}: TACHIKOMA_TEST_OPENCODE2 names no binary of it"

RIPGREP_VERSION = "1.18.0"
"""Of the npm packages ``@vscode/ripgrep-<os>-<arch>``; PyPI's newest ``ripgrep`` has no wheel for
Linux and wants a Rust build.
"""

TYPESCRIPT = ("typescript@5.9.3", "@types/node@22.19.0", f"@opencode-ai/plugin@{NEWEST}")

INSTALL_SECONDS = 300

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("TACHIKOMA_OPENCODE_CACHE") or CHECKOUT / ".cache" / "opencode")
"""Where binaries are kept. Read once: the tests run without the TACHIKOMA_* of their caller."""

_NAMED = os.environ.get("TACHIKOMA_TEST_OPENCODE2")
HAS_OPENCODE_2 = bool(_NAMED)


class Unavailable(Exception):
    """A binary cannot be had on this machine; the message says why and what would help."""


def binary(version: str) -> Path:
    """The ``opencode`` executable of this version, installed on first use. Raises `Unavailable`."""
    if version == OPENCODE_2:
        if _NAMED and os.access(_NAMED, os.X_OK):
            return Path(_NAMED).absolute()
        raise Unavailable(f"{NO_OPENCODE_2}, so its scripted sessions are not run")
    package = f"opencode-{_platform()}" + ("-baseline" if _needs_baseline() else "")
    return _from_npm(package, version, "bin/opencode", CACHE / version)


def ripgrep() -> Path:
    """The ``rg`` executable: the one on ``PATH``, else npm's. Raises `Unavailable`."""
    found = shutil.which("rg")
    if found:
        return Path(found)
    return _from_npm(
        f"@vscode/ripgrep-{_platform()}",
        RIPGREP_VERSION,
        "bin/rg",
        CACHE / f"ripgrep-{RIPGREP_VERSION}",
    )


def typescript() -> Path:
    """A folder whose ``node_modules`` has the TypeScript compiler, and the types of Node and of
    OpenCode's plugins. Raises `Unavailable`.
    """
    folder = CACHE / "typescript"
    compiler = _installed(folder, TYPESCRIPT, "typescript/bin/tsc")
    return compiler.parents[3]


def _platform() -> str:
    systems = {"Linux": "linux", "Darwin": "darwin"}
    machines = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    system, machine = systems.get(platform.system()), machines.get(platform.machine().lower())
    if system is None or machine is None:
        raise Unavailable(
            f"OpenCode has no npm package for {platform.system()} on {platform.machine()}."
        )
    return f"{system}-{machine}"


def _needs_baseline() -> bool:
    # The plain x64 binary dies of an illegal instruction on a CPU without AVX2.
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return _platform() == "linux-x64" and " avx2" not in flags


def _from_npm(package: str, version: str, inside: str, folder: Path) -> Path:
    return _installed(folder, [f"{package}@{version}"], f"{package}/{inside}")


def _installed(folder: Path, packages: Sequence[str], inside: str) -> Path:
    wanted = folder / "node_modules" / inside
    if wanted.exists():
        return wanted
    names = " ".join(packages)
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable(
            f"{names} is not installed yet, and npm, which would bring it, is not on PATH:"
            " install Node.js with npm."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():  # another process may have brought it while this one waited
            _install(npm, packages, folder)
    if not wanted.exists():
        raise Unavailable(f"npm installed {names}, but there is no {inside}.")
    return wanted


def _install(npm: str, packages: Sequence[str], folder: Path) -> None:
    # Beside the final place and renamed at the end, so that an install cut short is never taken for
    # a whole one.
    unfinished = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
    unfinished.mkdir()
    (unfinished / "package.json").write_text("{}", encoding="utf-8")
    names = " ".join(packages)
    try:
        finished = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *packages],
            cwd=unfinished,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if finished.returncode != 0:
            errors = [line for line in finished.stderr.splitlines() if "error" in line]
            reason = errors[0] if errors else f"exit {finished.returncode}"
            raise Unavailable(f"npm could not install {names}: {reason}")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm did not install {names} within {INSTALL_SECONDS} s.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
