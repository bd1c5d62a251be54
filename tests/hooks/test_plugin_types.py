"""The plugin as TypeScript: its compiler's strictest check, and OpenCode's own plugin types."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from opencode_hooks.shipped import PLUGIN
from tests.scripted import versions

pytestmark = pytest.mark.opencode

CONFORMS = """
import type { PluginModule } from "@opencode-ai/plugin"
import plugin from "./plugin"
export const module: PluginModule = plugin
"""

STRICT = (
    "--noEmit --strict --noUnusedLocals --noUnusedParameters --noImplicitReturns --skipLibCheck"
    # OpenCode 2 may run in Node, which only drops what is TypeScript's.
    " --erasableSyntaxOnly"
)
TARGET = "--target es2022 --module esnext --moduleResolution bundler --types node"


def test_the_plugin_is_what_opencode_calls_a_plugin(tmp_path: Path) -> None:
    """It compiles without a complaint, and is assignable to the type that OpenCode publishes."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js, which the TypeScript compiler needs")
    try:
        packages = versions.typescript()
    except versions.Unavailable as reason:
        pytest.skip(f"no TypeScript compiler: {reason}")
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    (tmp_path / "plugin.ts").write_text(PLUGIN.text)
    (tmp_path / "conforms.ts").write_text(CONFORMS)
    compiler = packages / "node_modules" / "typescript" / "bin" / "tsc"
    checked = subprocess.run(
        [node, str(compiler), *STRICT.split(), *TARGET.split(), "conforms.ts"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "" == checked.stdout
    assert 0 == checked.returncode
