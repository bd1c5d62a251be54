"""The .sql files give the same rows in DuckDB as in SQLite, on the fixture histories."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from typing import Any, get_args

import duckdb
import orjson
import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import Calendar, Comparison, Filters, Installed, InstalledSkill
from tachikoma_telemetry.reports.build import options_of
from tachikoma_telemetry.reports.query import add_functions
from tachikoma_telemetry.reports.section import Request
from tachikoma_telemetry.reports.sections.trend.calendar import Subject
from tachikoma_telemetry.reports.selection.views import PREPARED, SHARED, prepare

from ..goldens import histories
from ..reports_store import DAY, NOW, ReportsStore
from .test_sql import FILES, sql_of

_TYPES = {"INTEGER": "BIGINT", "TEXT": "VARCHAR", "REAL": "DOUBLE"}
# Tables made of a SELECT know no types.
_UNTYPED = {"parameters": "BIGINT", "trend_of": "VARCHAR"}
# What trends and comparisons can be of: their .sql files have a branch for each.
_ASKED: list[object] = [
    *(Calendar(of=of, by="day") for of in get_args(Subject)),
    Comparison("period", after=(NOW - DAY, None)),
    Comparison("model", "glm-4.7", "gpt-5.2"),
    Comparison("format", "str_replace", "hashline"),
]


def unknown() -> ReportsStore:
    """A store in which what can be unknown is."""
    store = ReportsStore()
    store.session(directory=None)
    store.message(model=None, created=NOW)
    store.message(model="openai/gpt-5.2", created=None, role="user")
    store.call(None, "running", started=None, session_id="s1")
    store.call("bash", "failed", reason=None, model=None, duration_ms=None)
    store.load("only-failed", "failed")
    store.load("old", skill_version="a", started=NOW - 9 * DAY)
    store.run(None, None)
    store.run(None, "escalated", session_id=None, started=None)
    store.iteration(None, skill=None, number=3, maximum=3, passed=0)
    store.retry(skill=None)
    store.edit((None, None), model=None)
    store.edit((None, 1), ("hashline", None), model="x/gpt-5.2")
    store.edit(("str_replace", 0), model=None)
    store.chunk(mode=None, skill=None, duration_ms=None)
    store.chunk(duration_ms=5.5, run_id="r", wave=1, success=1, tokens=0, accuracy=0.5)
    store.intent(None)
    store.intent("x", correct=1, confidence=1.0)
    store.event(match="none", skill=None)
    return store


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, sqlite3.Connection]]:
    """The stores of the histories, made once."""
    with histories(tmp_path_factory.mktemp("histories")) as made:
        yield made | {"unknown": unknown().connection}


@pytest.fixture(scope="module", params=("day", "recorded", "month", "unknown"))
def both(request: pytest.FixtureRequest, stores: dict[str, sqlite3.Connection]) -> Iterator[Both]:
    """A history in both engines."""
    both = Both(stores[request.param])
    yield both
    both.duck.close()


class Both:
    """A store, and the same tables in DuckDB."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self.store = store
        self.duck = duckdb.connect()
        self._copy("main")
        add_functions(store)
        with self._prepared():
            self._copy("temp", but=(*PREPARED, *SHARED))
            for folder, names in (("prepared", PREPARED), ("shared", SHARED)):
                for name in names:
                    sql = sql_of(f"{folder}/{name}")
                    self.duck.execute(f"CREATE TABLE {name} AS {sql}")

    def compare(self, names: Iterable[str], *options: object) -> None:
        """Hold what both make of .sql files side by side."""
        with self._prepared(*options):
            self._copy("temp", but=(*PREPARED, *SHARED))
            for name in names:
                left, right = self.store.execute(sql_of(name)), self.duck.execute(sql_of(name))
                columns = [each[0] for each in left.description]
                assert columns == [each[0] for each in right.description or ()], name
                # Only what a report shows is in an order.
                order: Any = (lambda rows: sorted(rows, key=repr)) if "/" in name else list
                expected, found = order(left.fetchall()), order(right.fetchall())
                assert len(expected) == len(found), name
                for one, other in zip(expected, found, strict=True):
                    assert all(map(_same, one, other)), (name, one, other)

    @contextmanager
    def _prepared(self, *options: object) -> Iterator[None]:
        self.store.execute("SAVEPOINT test")
        try:
            prepare(self.store, Filters(), now_ms=NOW, minimum=5)
            for section in reports.SECTIONS.values():
                if section.prepare is not None:
                    section.prepare(
                        Request(self.store, Filters(), options_of(section, options), NOW, True)
                    )
            yield
        finally:
            self.store.execute("ROLLBACK TO test")
            self.store.execute("RELEASE test")

    def _copy(self, schema: str, but: Collection[str] = ()) -> None:
        """Copy the tables of a schema, through a file: row by row takes minutes."""
        for (name,) in self.store.execute(
            f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'"
        ).fetchall():
            if name not in but:
                rows = self.store.execute(f"SELECT * FROM {schema}.{name}")
                columns = {each[0]: "VARCHAR" for each in rows.description}
                for each in self.store.execute(f"PRAGMA {schema}.table_info({name})"):
                    columns[each[1]] = _TYPES.get(each[2]) or _UNTYPED[name]
                with NamedTemporaryFile(suffix=".json") as file:
                    for row in rows:
                        file.write(orjson.dumps(dict(zip(columns, row, strict=True))) + b"\n")
                    file.flush()
                    self.duck.execute(
                        f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM "
                        f"read_json('{file.name}', columns = {columns})"
                    )


@pytest.mark.slow
def test_every_file_gives_the_same_rows(both: Both) -> None:
    """Columns, their order, and rows; of what a report shows, the rows' order, too."""
    installed = [InstalledSkill(each, f"/{each}", 9) for each in ("rlm", "code-agent", "old", "z")]

    both.compare(FILES, Installed(installed))


@pytest.mark.parametrize("asked", _ASKED)
def test_whatever_is_asked(both: Both, asked: object) -> None:
    """Trends of everything, and comparisons of everything."""
    try:
        both.compare(("trend", "trend_versions", "compare"), asked)
    except reports.ComparisonError:
        assert isinstance(asked, Comparison)
        assert isinstance(asked.before, str)  # a model or format that is not there


def _same(one: Any, other: Any) -> bool:
    """Equal, but for the last digits of what was added up in another order."""
    if isinstance(one, float) or isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return bool(one == other)
