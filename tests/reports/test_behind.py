"""The rows behind the numbers: pages, their order, and what an event says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry.errors import StoreError
from tachikoma_telemetry.reports import Filters
from tachikoma_telemetry.reports.drilldown.event_words import event_words
from tachikoma_telemetry.reports.drilldown.kinds import KINDS
from tachikoma_telemetry.reports.drilldown.listing import Listing, ListQuery
from tests.dashboard.board import write
from tests.reports_store import NOW, ReportsStore


def listing(store: Path, wanted: ListQuery) -> Listing:
    return Listing(store, wanted, now_ms=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A session with a subagent of a subagent, two in a circle, and 25 calls."""
    kept = ReportsStore().marked()
    for name, parent, created in (
        ("old", None, 1),
        ("new", None, 9),
        ("child", "new", 10),
        ("grandchild", "child", 11),
        ("second child", "new", 12),
        ("one", "other", 5),
        ("other", "one", 6),
    ):
        kept.session(name, parent_id=parent, created=NOW + created, title=f"Title of {name}")
    for number in range(25):
        kept.call("bash", "failed" if number % 5 == 0 else "succeeded", started=NOW + number)
    return write(kept, tmp_path / "unified.db")


def test_pages_are_the_whole_in_order(store: Path) -> None:
    """The pages of a list, one after the other, are its rows: the newest first."""
    rows = listing(store, ListQuery("calls"))

    found = [each for start in range(0, 30, 7) for each in rows.page(start, start + 7)]

    assert rows.count == 25
    assert [each.started for each in found] == [NOW + n for n in reversed(range(25))]
    assert rows.place(found[13].call_key) == 13
    assert rows.place("unknown") is None
    rows.close()


def test_children_are_below_their_parents(store: Path) -> None:
    """A tree, the newest root first and children by time; no session is lost in a circle."""
    rows = listing(store, ListQuery("sessions"))

    found = [(each.session_id, each.depth) for each in rows.page(0, 100)]

    assert found[:5] == [
        ("new", 0),
        ("child", 1),
        ("grandchild", 2),
        ("second child", 1),
        ("old", 0),
    ]
    assert sorted(each for each, _ in found[5:]) == ["one", "other"]
    assert rows.place("grandchild") == 2
    rows.close()


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (ListQuery("calls", only="failed"), 5),
        (ListQuery("calls", search="BASH"), 25),
        (ListQuery("calls", search="'); DROP TABLE calls"), 0),
        (ListQuery("calls", equal={"outcome": "succeeded"}), 20),
        (ListQuery("calls", Filters(since=NOW + 20)), 5),
        (ListQuery("sessions", search="grandchild"), 1),
        (ListQuery("sessions", only="failed"), 0),
    ],
)
def test_a_list_is_cut_down(store: Path, wanted: ListQuery, count: int) -> None:
    """By filters, by values, by a text whatever it holds, and by what failed."""
    rows = listing(store, wanted)
    assert rows.count == count
    rows.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_an_empty_store(tmp_path: Path, kind: str) -> None:
    """No rows are a list, too, in every order that a column offers."""
    from tachikoma_telemetry.dashboard.lists import LISTED

    empty = write(ReportsStore().marked(), tmp_path / "unified.db")
    columns = [each.field for each in LISTED[kind][1] if each.sorts]
    for order in (None, *columns):
        rows = listing(empty, ListQuery(kind, order=order))
        assert (rows.count, rows.page(0, 10)) == (0, [])
        rows.close()


def test_no_store_is_said(tmp_path: Path) -> None:
    """A list of a store that is gone is an error for the user."""
    with pytest.raises(StoreError, match="no store"):
        listing(tmp_path / "gone.db", ListQuery("calls"))


@pytest.mark.parametrize(
    ("body", "words", "good"),
    [
        ('{"stage":"verify","index":2,"max":3,"passed":false}', "verify 2/3 ✗", False),
        ('{"format":"hashline","success":true,"attempt":1}', "hashline 1 ✓", True),
        ('{"index":0,"total":4,"size":50000,"wave":2}', "1/4 wave 2 50.0k", None),
        ('{"outcome":"failed","error_type":"E\\u001b[2J"}', "failed E\\x1b[2J", False),
        ("not json", "", None),
        ("[1]", "", None),
        (None, "", None),
    ],
)
def test_what_an_event_says(body: str | None, words: str, good: bool | None) -> None:
    """Its fields in a few words, whatever they hold."""
    assert event_words(body) == (words, good)
