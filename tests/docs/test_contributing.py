"""What contributors read is true."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("CONTRIBUTING.md", "docs/contributing.md")


@pytest.mark.parametrize("page", PAGES)
def test_its_make_targets_exist(page: str) -> None:
    """Every make target that the page names is one."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = (ROOT / page).read_text(encoding="utf-8")

    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)) <= set(targets)


@pytest.mark.parametrize("page", PAGES)
def test_the_places_it_names_exist(page: str) -> None:
    """A file or folder that is to be changed is there, and so is what a link leads to."""
    text = (ROOT / page).read_text(encoding="utf-8")

    for place in re.findall(r"`((?:tachikoma_telemetry|tests|docs)/[^`]*)`", text):
        assert (ROOT / place).exists(), place
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_ways_through_the_code_are_there() -> None:
    """Each step names a function or class that exists."""
    text = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    _, _, ways = text.partition("## Four ways through the code")
    steps = re.findall(r"`([a-z_]+(?:\.\w+)+)`", ways)

    assert len(steps) > 20
    for step in steps:
        assert pkgutil.resolve_name(f"tachikoma_telemetry.{step}")


def test_the_hooks_fetch_nothing() -> None:
    """Hooks before a commit are the project's own tools."""
    config = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")

    assert ["local"] == re.findall(r"repo: (\S+)", config)
    assert {".venv/bin/ruff", ".venv/bin/mypy"} == set(re.findall(r"entry: (\S+)", config))
