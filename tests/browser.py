"""A headless Chromium that watches: what a page asks for, and what it says on the console.

The browser is the machine's own; its driver, Playwright, comes with the test dependencies and
fetches nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# Without these it asks its maker for updates, whatever page is open.
_SILENT = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
]
_WINDOW = {"width": 1100, "height": 900}


def found_chromium() -> str | None:
    """Where Chromium is; None without one."""
    named = (os.environ.get("CHROMIUM", ""), *_NAMES, _MAC)
    return next((found for name in named if name and (found := shutil.which(name))), None)


def chromium() -> str:
    """Where Chromium is; the test is skipped without one, which CI does not allow."""
    if found := found_chromium():
        return found
    pytest.skip("no Chromium: install one, or name it in CHROMIUM")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of its own, without the sandbox that root can't have."""
    from playwright.sync_api import sync_playwright

    executable = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=executable, args=_SILENT, chromium_sandbox=False
        )
        yield running
        running.close()


@dataclass
class Watched:
    """An open page and what it did.

    Attributes:
        page: the page.
        address: its address.
        requests: the addresses it asked for, its own aside.
        said: what it wrote on the console, errors that nobody caught, dialogs it opened.

    """

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        """The page asks for something."""
        if request.url != self.address:
            self.requests.append(request.url)

    def interrupted(self, dialog: Dialog) -> None:
        """The page opens a dialog, which would wait for ever."""
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.page.evaluate(expression)


@contextmanager
def opened(running: Browser, file: Path, **context: Any) -> Iterator[Watched]:
    """The file opened from the disk.

    Args:
        running: the browser.
        file: the page.
        context: what Playwright can set: `color_scheme`, `viewport`, `java_script_enabled`, ….

    """
    address = file.as_uri()
    with running.new_context(**{"viewport": _WINDOW, **context}) as session:
        page = session.new_page()
        watched = Watched(page, address)
        page.on("request", watched.asked)
        page.on("console", lambda message: watched.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: watched.said.append(f"error: {error}"))
        page.on("dialog", watched.interrupted)
        page.goto(address)
        yield watched
