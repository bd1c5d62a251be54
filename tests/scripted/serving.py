"""An OpenCode that serves: as the desktop and the web application use it, with several sessions,
terminals, commands typed by the user, and somebody who is asked for permission.
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest

from tests.scripted import versions
from tests.scripted.sandbox import Sandbox

SECONDS = 60
MODEL = {"providerID": "mock", "modelID": "glm-4.7"}

T = TypeVar("T")


class Serving:
    """``opencode serve`` in a sandbox, while entered; its methods are what a user does."""

    def __init__(self, sandbox: Sandbox) -> None:
        if sandbox.version == versions.OPENCODE_2:
            pytest.skip(f"{versions.NO_OPENCODE_2_HERE}: its server has another API")
        self._sandbox = sandbox
        self._asked: list[Thread] = []

    def __enter__(self) -> Self:
        self._process = self._sandbox.start("serve", "--port", "0", "--hostname", "127.0.0.1")
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self._url = found[0]
                return self
        _, stderr = self._process.communicate()
        raise AssertionError(f"OpenCode does not serve: {stderr}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        for thread in self._asked:
            thread.join(SECONDS)

    def session(self) -> str:
        """A new session's id."""
        made: str = self._call("POST", "/session", {})["id"]
        return made

    def ask(self, session: str, prompt: str) -> Thread:
        """Send a message; the thread ends when it is answered, or OpenCode ended."""
        body = {"parts": [{"type": "text", "text": prompt}], "model": MODEL}

        def send() -> None:
            try:
                self._call("POST", f"/session/{session}/message", body)
            except OSError:
                pass  # the end of the server, or of the session: the database tells

        thread = Thread(target=send, daemon=True)
        thread.start()
        self._asked.append(thread)
        return thread

    def type_command(self, session: str, command: str) -> None:
        """Run ``!command`` to its end."""
        body = {"agent": "build", "command": command, "model": MODEL}
        self._call("POST", f"/session/{session}/shell", body)

    def open_terminal(self, script: str) -> None:
        """Open a terminal that runs this."""
        self._call("POST", "/pty", {"command": "/bin/sh", "args": ["-c", script]})

    def permission(self) -> str:
        """Wait for a question for permission; its id."""
        [first, *_] = until(lambda: self._call("GET", "/permission"))
        asked: str = first["id"]
        return asked

    def permit(self, session: str, permission: str) -> None:
        """Say yes, once."""
        self._call("POST", f"/session/{session}/permissions/{permission}", {"response": "once"})

    def abort(self, session: str) -> None:
        """Press Escape."""
        self._call("POST", f"/session/{session}/abort", {})

    def _call(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            answer = response.read()
        return json.loads(answer) if answer else None


def until(condition: Callable[[], T]) -> T:
    """Wait for something to become true, and return it."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found
