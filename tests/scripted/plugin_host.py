"""Runs a script that plays OpenCode to the plugin, in the JavaScript runtime inside OpenCode."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opencode_hooks.shipped import PLUGIN
from tests.scripted import versions


def play(
    host: Path,
    folder: Path,
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    version: str = versions.NEWEST,
) -> Any:
    """What the script `host` answers to `given`, the plugin in `folder`. Raises if it fails."""
    plugin, path = folder / "plugin.ts", folder / "input.json"
    plugin.write_text(PLUGIN.text, encoding="utf-8")
    path.write_text(json.dumps(given), encoding="utf-8")
    finished = subprocess.run(
        [str(versions.binary(version)), "run", str(host), str(plugin), str(path)],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "TMPDIR": str(folder.parent),
            # OpenCode is made with `bun build --compile`; this makes it a plain Bun.
            "BUN_BE_BUN": "1",
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == finished.returncode, finished.stderr
    return json.loads(finished.stdout)
