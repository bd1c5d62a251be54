"""A report does not depend on the order in which a store got its rows."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import get_args

import orjson
import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import Calendar
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.reports.sections.trend.calendar import Subject

from ..random_history import filled, seeds
from ..reports_store import DAY, NOW, ReportsStore

_ASKED: tuple[tuple[str | None, tuple[object, ...]], ...] = (
    (None, ()),
    ("calls", ()),
    *(("trend", (Calendar(of=of, by="day"),)) for of in get_args(Subject)),
)


def _shuffled(store: sqlite3.Connection, seed: int) -> sqlite3.Connection:
    """The same rows, which came in another order."""
    other = ReportsStore().connection
    tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        rows = store.execute(f"SELECT * FROM {table}").fetchall()
        Random(seed).shuffle(rows)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            other.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return other


def _reports(store: sqlite3.Connection) -> list[bytes]:
    made = (
        reports.build(store, section, options=options, utc=True, now_ms=NOW)
        for section, options in _ASKED
    )
    return [to_json(report) for report in made]


@pytest.mark.parametrize("seed", seeds(fast=1, all=6))
def test_sums_and_means_to_the_last_digit(seed: int) -> None:
    """Floats added in another order make another sum: reports add so that they do not."""
    store = filled(seed)
    random = Random(seed)
    for number in range(40):
        at = NOW - DAY + number
        store.message(cost=random.random() / 7, created=at, model="zai/glm-4.7")
        store.load(cost=random.random() / 7, started=at)
        store.chunk(accuracy=random.random(), duration_ms=random.random() * 100, time=at)
        store.intent(confidence=random.random(), correct=number % 2, time=at)
    made = _reports(store.connection)

    for order in range(3):
        assert made == _reports(_shuffled(store.connection, order))


def test_a_sum_of_costs() -> None:
    """A tenth and two tenths are three tenths; costs too large to be true break nothing."""
    store = ReportsStore()
    store.session()
    for cost in (0.1, 0.2, 1e-9):
        store.message(cost=cost)
    for _ in range(1000):
        store.message(cost=9e11, model="x/large")
    found = orjson.loads(to_json(reports.build(store.connection, "models", now_ms=NOW)))["models"]
    assert [9e14, 0.300000001] == [row["cost"] for row in found]


def test_what_the_user_stopped_is_no_error() -> None:
    """`errors` of a model are those of the model."""
    store = ReportsStore()
    for error in ("APIError", "MessageAbortedError", "aborted", None):
        store.message(error_type=error)
    found = orjson.loads(to_json(reports.build(store.connection, "models", now_ms=NOW)))["models"]
    assert [(4, 1)] == [(row["messages"], row["errors"]) for row in found]
