"""Reads the store in a thread of its own, one thing after the other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from ..reports import Filters, Report, build
from ..store.store import store_at
from .board_origin import Origin

_TAKE_OPTIONS = (None, "findings")  # to look for installed skills takes a while

R = TypeVar("R")
P = ParamSpec("P")


class StoreReader:
    """One thread, and in it a new connection for each question: the store may be replaced."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dashboard-reader")

    async def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function in the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*args, **kwargs))

    async def ask(self, question: Callable[[sqlite3.Connection], R]) -> R:
        """The answer of the store to a question.

        Raises:
            StoreError: when there is no store, or it can't be read.
        """
        return await self.run(self._answer, question)

    def _answer(self, question: Callable[[sqlite3.Connection], R]) -> R:
        with store_at(self._origin.store) as connection:
            return question(connection)

    def report(
        self,
        connection: sqlite3.Connection,
        section: str | None,
        filters: Filters,
        *more: Any,
        charts: bool = False,
    ) -> Report:
        """A section of the report; to be called in the thread."""
        return build(
            connection,
            section,
            filters,
            options=(*more, *(self._origin.options() if section in _TAKE_OPTIONS else ())),
            now_ms=self._origin.now_ms(),
            charts=charts,
        )

    def later(self, function: Callable[[], object]) -> None:
        """Call the function in the thread, some time."""
        with suppress(RuntimeError):  # it is closed: the process ends
            self._pool.submit(function)

    def close(self) -> None:
        """Take no more questions."""
        self._pool.shutdown(wait=False, cancel_futures=True)
