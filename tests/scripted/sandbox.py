"""The world that one OpenCode lives in: a home, a project with a configuration and skills, and a
clean environment.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import opencode_hooks
from tests.scripted import versions

RUN_SECONDS = 180

NO_REGISTRY = "http://127.0.0.1:9/"
"""The discard port: a test that would fetch a package fails at once, instead of depending on what
it gets.
"""


@dataclass
class Finished:
    """An OpenCode process that ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Sandbox:
    """``project`` and ``home`` must be folders of their own; nothing outside them is written."""

    version: str
    project: Path
    home: Path
    model_url: str
    path: tuple[Path, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    def create(self) -> None:
        (self.home / "tmp").mkdir(parents=True, exist_ok=True)
        self.project.mkdir(parents=True, exist_ok=True)
        (self.project / "opencode.json").write_text(
            json.dumps(self._configuration(), indent=2), encoding="utf-8"
        )

        for folder in (self.project / ".opencode", self.home / ".config" / "opencode"):
            self._satisfy(folder)

    def _satisfy(self, folder: Path) -> None:
        # OpenCode installs the types of its plugin API beside every plugin, from the registry, and
        # 1.2 waits 3 s before it does. Our plugin does not import them: make it believe that they
        # are there.
        package = {"name": "@opencode-ai/plugin", "version": self.version}
        place = folder / "node_modules" / "@opencode-ai" / "plugin"
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text(json.dumps(package), encoding="utf-8")
        wanted = {"dependencies": {package["name"]: self.version}}
        (folder / "package.json").write_text(json.dumps(wanted), encoding="utf-8")

    def install(self) -> None:
        """Put our plugin in, as `tachikoma-telemetry init` does."""
        opencode_hooks.install(self.project)

    @property
    def database(self) -> Path:
        return self.home / ".local" / "share" / "opencode" / "opencode.db"

    @property
    def environment(self) -> dict[str, str]:
        """Built up from nothing: no OPENCODE_* or TACHIKOMA_* of the outer world gets in."""
        folders = [
            *self.path,
            Path(sys.executable).parent,
            versions.ripgrep().parent,
            Path("/usr/local/bin"),
            Path("/usr/bin"),
            Path("/bin"),
        ]
        return {
            "HOME": str(self.home),
            # Each start unpacks libraries of 4 MB there, and leaves them.
            "TMPDIR": str(self.home / "tmp"),
            "PATH": os.pathsep.join(map(str, folders)),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "npm_config_registry": NO_REGISTRY,
            "BUN_CONFIG_REGISTRY": NO_REGISTRY,
            "npm_config_fetch_retries": "0",
            **self.extra,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        if self.version == versions.OPENCODE_2 and arguments[0] == "run":
            # Else the server that does the work goes on in the background when the test has ended.
            arguments = ("run", "--standalone", *arguments[1:])
        return subprocess.Popen(
            [str(versions.binary(self.version)), *arguments],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, seconds: float = RUN_SECONDS) -> Finished:
        process = self.start(*arguments)
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Finished(process.returncode, stdout, stderr)

    def _configuration(self) -> dict[str, Any]:
        model = {
            "tool_call": True,
            "limit": {"context": 200000, "output": 8000},
            "cost": {"input": 0.6, "output": 2.2, "cache_read": 0.11},
        }
        return {
            "$schema": "https://opencode.ai/config.json",
            "provider": {
                "mock": {
                    "npm": "@ai-sdk/openai-compatible",
                    "name": "Mock",
                    "options": {"baseURL": self.model_url, "apiKey": "none"},
                    "models": {
                        "glm-4.7": {"name": "GLM 4.7", **model},
                        "gpt-5": {"name": "GPT 5", **model},
                    },
                }
            },
            "model": "mock/glm-4.7",
            "small_model": "mock/glm-4.7",
            "permission": {"edit": "allow", "bash": "allow", "external_directory": "allow"},
            "autoupdate": False,
            "share": "disabled",
        }


def bare_python(folder: Path) -> Path:
    """A folder with a `python` that has no packages, as the one that agents find."""
    folder.mkdir()
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (folder / "python").chmod(0o755)
    return folder
