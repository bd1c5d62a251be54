"""Which columns and rows of a report's tables are shown, and in which order."""

from __future__ import annotations

import pytest

from tachikoma_telemetry.errors import UnknownNameError
from tachikoma_telemetry.reports import build
from tachikoma_telemetry.reports.blocks import Sentence, Sheet
from tachikoma_telemetry.reports.document import blocks_of
from tachikoma_telemetry.reports.table_view import TableView

from ..reports_store import NOW, ReportsStore


@pytest.fixture
def store() -> ReportsStore:
    """Three tools, of which one never ended."""
    store = ReportsStore()
    store.session()
    for tool, duration in (("bash", 5000), ("edit", None), ("read", 90_000), ("read", 90_000)):
        store.call(tool, duration_ms=duration, started=NOW, ended=NOW)
    return store


def _shown(store: ReportsStore, view: TableView, section: str = "tools") -> list[list[str]]:
    """The headings and rows of the section's table."""
    report = build(store.connection, section, now_ms=NOW)
    (sheet,) = [each for each in blocks_of(report, view) if isinstance(each, Sheet)]
    return [
        [column.title for column in sheet.columns],
        *([cell.text for cell in row] for row in sheet.rows),
    ]


def test_columns_are_chosen_by_their_headings(store: ReportsStore) -> None:
    """In the order in which they are named."""
    shown = _shown(store, TableView(columns=("calls", "tool")))

    assert [["calls", "tool"], ["2", "read"], ["1", "bash"], ["1", "edit"]] == shown


@pytest.mark.parametrize(
    ("sort", "tools"),
    [
        ("p50", ["read", "bash", "edit"]),
        ("-p50", ["bash", "read", "edit"]),
        ("tool", ["bash", "edit", "read"]),
        ("-tool", ["read", "edit", "bash"]),
    ],
)
def test_rows_are_sorted_by_a_column(store: ReportsStore, sort: str, tools: list[str]) -> None:
    """Numbers from the greatest, names from A, or the other way round; unknown is last."""
    shown = _shown(store, TableView(columns=("tool",), sort=sort))

    assert [["tool"], *([each] for each in tools)] == shown


def test_a_list_is_cut_and_says_so(store: ReportsStore) -> None:
    """The newest calls stay; everything is everything."""
    report = build(store.connection, "calls", now_ms=NOW)
    blocks = blocks_of(report, TableView(rows=2))
    texts = [each.text for each in blocks if isinstance(each, Sentence)]

    assert "The last 2 of 4 calls; --all or --format csv has them all." == texts[-1]
    assert 3 == len(_shown(store, TableView(rows=2), "calls"))
    assert 5 == len(_shown(store, TableView(rows=2, everything=True), "calls"))


@pytest.mark.parametrize("view", [TableView(columns=("tols",)), TableView(sort="-tols")])
def test_an_unknown_column_is_named(store: ReportsStore, view: TableView) -> None:
    """With the one that was meant."""
    report = build(store.connection, "tools", now_ms=NOW)

    with pytest.raises(UnknownNameError, match="no column 'tols' is here; did you mean tool"):
        blocks_of(report, view)


def test_an_empty_section_has_no_columns_to_be_wrong_about() -> None:
    """What would fill it is said all the same."""
    report = build(ReportsStore().connection, "tools", now_ms=NOW)

    assert 2 == len(blocks_of(report, TableView(sort="tool")))
