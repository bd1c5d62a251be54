"""`opencode stats`, run by a real OpenCode on a database, and read back from its boxes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from tests.scripted.sandbox import NO_REGISTRY, Sandbox

# │Sessions        8 │    │  Input Tokens   154.1K │    │ bash   ████  27 (44.3%)    │
_ROW = re.compile(r"│ *(?P<label>\S.*?)[ █]+(?P<value>[$\d][\d.,KM]*)(?: \([\d. ]+%\))? *│")
_MODEL = re.compile(r"│ (?P<name>\S+/\S+) +│")


@dataclass(frozen=True)
class Stats:
    """What it printed, as it printed it.

    Attributes:
        overview: of the boxes OVERVIEW and COST & TOKENS, by label.
        models: of each `provider/model`, by label.
        tools: calls by tool.
    """

    overview: Mapping[str, str]
    models: Mapping[str, Mapping[str, str]]
    tools: Mapping[str, int]


def stats(version: str, database: Path, folder: Path, *options: str) -> Stats:
    """Run it on a copy of `database`; `folder` must be one of its own."""
    # OpenCode asks no model for this.
    sandbox = Sandbox(version, folder / "project", folder / "home", NO_REGISTRY)
    sandbox.create()
    sandbox.database.parent.mkdir(parents=True)
    for file in database.parent.glob(f"{database.name}*"):
        shutil.copyfile(file, sandbox.database.with_name(file.name))
    finished = sandbox.run("stats", "--models", *options)
    assert 0 == finished.returncode, finished.stderr
    return _read(finished.stdout)


def _read(text: str) -> Stats:
    overview: dict[str, str] = {}
    models: dict[str, dict[str, str]] = {}
    tools: dict[str, int] = {}
    box, model = "", ""
    for line in text.splitlines():
        row, named = _ROW.search(line), _MODEL.search(line)
        if heading := re.search(r"│ +([A-Z& ]+?) +│", line):
            box = heading[1]
        elif row is not None and box == "TOOL USAGE":
            tools[row["label"]] = int(row["value"])
        elif row is not None and box == "MODEL USAGE":
            models[model][row["label"]] = row["value"]
        elif row is not None:
            overview[row["label"]] = row["value"]
        elif named is not None:
            model = named["name"]
            models[model] = {}
    return Stats(overview, models, tools)


def shown(tokens: int | None) -> str:
    """Tokens as it prints them: 154.1K."""
    count = tokens or 0
    for unit, letter in ((1_000_000, "M"), (1000, "K")):
        if count >= unit:
            return f"{_rounded(count / unit, '0.1')}{letter}"
    return str(count)


def dollars(cost: float | None, places: int) -> str:
    """A cost as it prints it: $0.1112."""
    return f"${_rounded(cost or 0.0, str(Decimal(1).scaleb(-places)))}"


def _rounded(value: float, step: str) -> Decimal:
    # Half up, as JavaScript's toFixed does it.
    return Decimal(value).quantize(Decimal(step), ROUND_HALF_UP)
