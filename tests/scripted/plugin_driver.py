"""Runs the plugin alone, in the very JavaScript runtime that OpenCode has inside, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scripted.plugin_host import play

DRIVER = Path(__file__).with_name("plugin_driver.ts")

Hook = tuple[str, Any, Any]
"""A hook's name, its input and its output, as OpenCode calls it."""


@dataclass(frozen=True)
class Driven:
    """What came of it. ``outputs`` and ``milliseconds`` have one entry for each step."""

    exports: list[str]
    hooks: list[str]
    outputs: list[Any]
    milliseconds: list[float]
    inherited: list[str]

    @property
    def environment(self) -> dict[str, str]:
        """What the last step, a ``shell.env``, hands to the command."""
        found: dict[str, str] = self.outputs[-1]["env"]
        return found


@dataclass
class PluginDriver:
    """Drives the plugin in ``folder``, with the Bun of this OpenCode.

    ``messages`` is what OpenCode answers when it is asked for a session's messages, by session id;
    or ``fail``, or ``hang``.
    """

    version: str
    folder: Path
    messages: Mapping[str, Any] | str | None = None

    def drive(
        self,
        *steps: Hook,
        opencode: object = "",
        environment: Mapping[str, str] | None = None,
    ) -> Driven:
        """Load the plugin and call its hooks in this order. Raises if one of them does."""
        given = {
            "opencode": {"directory": str(self.folder)} if opencode == "" else opencode,
            "messages": self.messages or {},
            "steps": steps,
        }
        answer = play(DRIVER, self.folder, given, environment or {}, version=self.version)
        return Driven(
            answer["exports"],
            answer["hooks"],
            [result.get("output") for result in answer["results"]],
            [result["milliseconds"] for result in answer["results"]],
            answer["inherited"],
        )
