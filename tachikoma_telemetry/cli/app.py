"""The whole command line, for those who look at all commands: the docs and the tests."""

from __future__ import annotations

from .commands import application

app = application()
