"""The .sql files: they define their columns, and keep to what every engine understands."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import selection
from tachikoma_telemetry.reports.build import options_of
from tachikoma_telemetry.reports.engine import SqliteEngine
from tachikoma_telemetry.reports.meaning import Bound, meanings_of
from tachikoma_telemetry.reports.query import records
from tachikoma_telemetry.reports.section import Request
from tachikoma_telemetry.reports.sections.overview.rows import Coverage, Totals
from tachikoma_telemetry.reports.selection.filters import Filters
from tachikoma_telemetry.reports.selection.views import prepare

from ..reports_store import NOW, ReportsStore

_FOLDER = Path(str(reports.__file__)).parent
_PATHS = {
    path.stem if path.parent.parent.name == "sections" else f"{path.parent.name}/{path.stem}": path
    for path in _FOLDER.rglob("*.sql")
}
FILES = sorted(_PATHS)
_ROWS: dict[str, Any] = {
    key: part.row
    for section in reports.SECTIONS.values()
    for key, part in section.parts.items()
    if key in FILES  # `check` is other sections', these are tallies, made rows in Python
    and key != "compare"
} | {"coverage": Coverage, "totals": Totals}
# What Python adds to a row after the query, beside the bounds of rates.
_ADDED = {"iterations": {"failed_criteria"}}
_ADDED |= {"trend": {"new_versions"}, "calls": {"events", "recorded"}}
_ADDED |= {"patterns": {"failure_rate", "sessions"}, "coverage": {"unknown"}}
_ADDED |= {"fleet": {"state"}}


def sql_of(name: str) -> str:
    """The text of a file: `skills`, `prepared/edit_chains`."""
    return _PATHS[name].read_text("utf-8")


def columns_of(name: str) -> list[str]:
    store = SqliteEngine(ReportsStore().connection)
    prepare(store, Filters(), now_ms=NOW)
    for section in reports.SECTIONS.values():
        if section.prepare is not None:
            section.prepare(Request(store, Filters(), options_of(section, ()), NOW, utc=True))
    cursor = store.execute(sql_of(name))
    return [column[0] for column in cursor.description]


def code_of(name: str) -> str:
    """The statement without its comments and texts."""
    return re.sub(r"'[^']*'", "''", re.sub(r"--.*", "", sql_of(name)))


@pytest.mark.parametrize("name", FILES)
def test_a_file_begins_by_defining_its_columns(name: str) -> None:
    """The comment at its top says what a row is, then what each column is, in order; those of a
    row model are defined there, and only there.
    """
    lines = sql_of(name).splitlines()
    head = lines[: next(at for at, line in enumerate(lines) if line[:2] != "--")]
    defined = [found[1] for line in head if (found := re.match(r"--   (\w+) +\S", line))]
    elsewhere = {f.name for f in fields(_ROWS[name])} if name in _ROWS else set()

    assert head[0].startswith(f"-- {name.rpartition('/')[2]}: ")
    assert [each for each in columns_of(name) if each not in elsewhere] == defined


@pytest.mark.parametrize("name", _ROWS)
def test_columns_are_the_fields_of_the_row_model(name: str) -> None:
    """Every field comes from the query, is a bound, or is named here as added after it."""
    bounds = {
        field: meant
        for field, meant in meanings_of(_ROWS[name]).items()
        if isinstance(meant, Bound)
    }
    added = {*bounds, *_ADDED.get(name, ())}
    columns = columns_of(name)
    names = [field.name for field in fields(_ROWS[name])]

    assert [each for each in names if each not in added] == [c for c in columns if c in names]
    assert not added & {*columns}
    for bound in bounds.values():
        assert {bound.successes, bound.n} <= {*columns}


@pytest.mark.parametrize("name", FILES)
def test_a_file_keeps_to_what_every_engine_understands(name: str) -> None:
    """SQLite 3.40, DuckDB and Spark agree on what these files use, and on little more."""
    code = code_of(name)

    for word in ("date", "datetime", "strftime", "julianday", "json_extract", "group_concat",
                 "total", "ifnull", "printf", "iif", "percentile_cont"):  # fmt: skip
        assert not re.search(rf"\b{word}\s*\(", code, re.IGNORECASE), word
    # Each engine rounds halves in its own way: only where so small a difference does not matter.
    assert code.count("round(") == len(
        re.findall(r"CAST\(round\([^,]*? \* 1e\d+\) AS BIGINT\)", code)
    )
    # A decimal literal without exponent is a DECIMAL to Spark.
    assert not re.search(r"(?<![\w.])\d+\.\d+(?!\d*e)", code)
    for numerator in re.findall(r"([^\n]*)/", code):
        assert re.search(r"\de\d|\)\s*$|rate", numerator + code), numerator
    for order in re.findall(r"^ORDER BY (.*)$", code, re.MULTILINE):
        for column in order.split(","):
            named = column.strip().split()[0]
            nullable = named.rpartition(".")[2] in (
                "skill", "stage", "model", "format", "mode", "intent", "tool", "predicted",
                "created", "started",
            )  # fmt: skip
            assert not nullable or "NULLS" in column, order


def test_a_report_can_be_made_on_a_read_only_store(tmp_path: Any) -> None:
    """Reporting needs no right to write: temp tables and views live elsewhere."""
    path = tmp_path / "unified.db"
    store = ReportsStore(path)
    store.session()
    store.connection.close()
    path.chmod(0o400)
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    report = reports.build(connection, None, reports.Filters(skill="x"), now_ms=NOW)

    assert 0 == report.coverage.sessions
    connection.close()


def test_the_caller_s_row_factory_does_not_matter() -> None:
    """A connection that gives sqlite3.Row gives the same report."""
    store = ReportsStore()
    store.session("a", directory="/")
    store.session("b", parent_id="a")
    store.edit(("a", 0), ("a", 1))
    plain = reports.build(store.connection, now_ms=NOW)
    store.connection.row_factory = sqlite3.Row

    assert plain == reports.build(store.connection, now_ms=NOW)
    reports.build(store.connection, None, reports.Filters(session="last", directory="/"))
    chains = records(SqliteEngine(store.connection), selection.__name__, "prepared/edit_chains")
    assert [{"edit": "edit_000001"}] == [{"edit": row["edit"]} for row in chains]
