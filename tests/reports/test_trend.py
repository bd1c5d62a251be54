"""The section `trend`: any section's numbers by hour, day, week or month."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.blocks import VERSION_MARK, Sheet
from tachikoma_telemetry.reports.sections.trend.rows import TrendRow
from tachikoma_telemetry.reports.sections.trend.sheet import blocks, shapes

from ..reports_store import DAY, HOUR, ReportsStore

NOW = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
MIDNIGHT = NOW - 12 * HOUR


def trend(store: ReportsStore, of: Any = "skills", by: Any = "day", **filters: Any) -> Any:
    options = [reports.Calendar(of, by)]
    chosen = reports.Filters(**filters)
    report = reports.build(store.connection, "trend", chosen, options=options, utc=True, now_ms=NOW)
    rows: list[TrendRow] = report.parts["trend"]
    return rows


def test_skills_by_day_with_their_new_versions() -> None:
    """A row for each skill and day with something; success and duration are of its runs."""
    store = ReportsStore()
    store.load(started=MIDNIGHT - DAY, skill_version="aa" * 32, tokens_output=700, cost=0.25)
    store.load(started=MIDNIGHT - 1, skill_version="aa" * 32)
    store.load(started=MIDNIGHT, skill_version="bb" * 32)
    for at, outcome in ((0, "succeeded"), (1, "failed"), (2, "escalated"), (3, "cancelled")):
        store.run(outcome=outcome, started=MIDNIGHT + at, run_ms=10.0 + at, iterations=2, retries=1)
    store.load("failing", "failed", started=MIDNIGHT)

    yesterday, today = trend(store)

    assert ("2026-11-22", "code-agent", 0, 2, 0, 700, 0.25, ["aa" * 6]) == (
        yesterday.period, yesterday.skill, yesterday.uses, yesterday.loads, yesterday.runs,
        yesterday.tokens, yesterday.cost, yesterday.new_versions,
    )  # fmt: skip
    assert (None, 0, None) == (yesterday.success_rate, yesterday.finished, yesterday.success_low)
    assert ("2026-11-23", 4, 1, 4, 1, 3, 11.0, 8, 4, ["bb" * 6]) == (
        today.period, today.uses, today.loads, today.runs, today.succeeded, today.finished,
        today.duration_p50_ms, today.iterations, today.retries, today.new_versions,
    )  # fmt: skip
    assert (MIDNIGHT, MIDNIGHT + DAY) == (today.started, today.ended)


def test_what_a_session_used_belongs_to_the_period_it_began_in() -> None:
    """Its messages' tokens and cost, whenever they came; a fork's copies are not its own."""
    store = ReportsStore()
    for name, at in (("s1", MIDNIGHT - 1), ("s2", MIDNIGHT), ("empty", MIDNIGHT + 1)):
        store.session(name, created=at)
    store.message("s1", created=MIDNIGHT + 5, tokens_output=7, cost=0.25)
    store.message("s1", created=MIDNIGHT - 1, tokens_output=3, cost=0.5)
    store.message("s2", created=MIDNIGHT, tokens_output=3, cost=0.5, copied=1, counted=0)
    store.message("s2", created=MIDNIGHT, tokens_output=1)

    rows = trend(store, "sessions")

    assert [("2026-11-22", 1, 10, 0.75), ("2026-11-23", 2, 1, None)] == [
        (row.period, row.uses, row.tokens, row.cost) for row in rows
    ]


@pytest.mark.parametrize(
    ("of", "absent"),
    [
        ("sessions", {"succeeded", "95 %", "p50", "in the last period", "loads"}),
        ("models", {"succeeded", "95 %", "in the last period", "loads", "new version"}),
        ("tools", {"tokens", "cost", "with the newest version", "new version"}),
        ("intents", {"p50", "tokens", "cost", "loads", "new version"}),
        ("edits", {"cost", "with the newest version", "new version"}),
    ],
)
def test_columns_that_a_trend_can_never_fill_are_not_shown(of: str, absent: set[str]) -> None:
    """What is always unknown is no news; what a skill has not told, is."""
    store = ReportsStore()
    store.load(started=MIDNIGHT)
    store.session(created=MIDNIGHT)
    store.message(created=MIDNIGHT)
    store.call(started=MIDNIGHT)
    store.intent(time=MIDNIGHT)
    store.edit(("whole", 1), time=MIDNIGHT)

    titles = titles_of(trend(store, of))

    assert set() == absent & titles
    assert "uses" in titles
    skills = titles_of(trend(store, "skills"))
    assert absent <= skills
    assert "cost" in skills


def titles_of(rows: list[TrendRow]) -> set[str]:
    sheets = [block for block in blocks(rows) if isinstance(block, Sheet)]
    assert all(len(sheet.columns) == len(row) for sheet in sheets for row in sheet.rows)
    return {column.title for sheet in sheets for column in sheet.columns}


def test_a_filter_does_not_make_an_old_version_new() -> None:
    """A version is new where it was first loaded, filtered out or not."""
    store = ReportsStore()
    store.load(started=MIDNIGHT - DAY, skill_version="aa" * 32)
    store.load(started=MIDNIGHT, skill_version="aa" * 32)

    (row,) = trend(store, since=MIDNIGHT)

    assert (1, []) == (row.loads, row.new_versions)


def test_every_section_that_has_times_has_a_trend() -> None:
    """One row a thing and period, with the section's own notion of success."""
    store = ReportsStore()
    at = {"started": MIDNIGHT}
    store.session(created=MIDNIGHT)
    store.message(created=MIDNIGHT, completed=MIDNIGHT + 5, tokens_output=9, cost=0.5)
    store.message(role="user", created=MIDNIGHT)
    store.call("bash", "failed", **at, duration_ms=7)
    store.call("bash", "succeeded", **at, duration_ms=9, counted=0)
    store.call("bash", "cancelled", **at)
    store.iteration(time=MIDNIGHT, passed=1, duration_ms=3.0)
    store.retry(time=MIDNIGHT)
    store.edit(("hashline", 0), ("whole", 1), time=MIDNIGHT, tokens=4)
    store.edit(("hashline", None), time=MIDNIGHT, tokens=4)
    store.chunk(time=MIDNIGHT + 5, duration_ms=10.0, success=1, tokens=6)
    store.intent(time=MIDNIGHT, correct=0)

    def rows_of(of: str) -> list[tuple[Any, ...]]:
        return [
            (row.period[-2:], row.skill, row.name, row.model, row.uses, row.succeeded, row.finished,
             row.duration_p50_ms, row.tokens, row.cost)
            for row in trend(store, of)
        ]  # fmt: skip

    assert [("23", None, None, None, 1, None, 0, None, 9, 0.5)] == rows_of("sessions")
    assert [("23", None, None, "zai/glm-4.7", 1, None, 0, 5, 9, 0.5)] == rows_of("models")
    assert [("23", None, "bash", None, 2, 0, 1, 7, None, None)] == rows_of("tools")
    assert [("23", "code-agent", "verify", None, 1, 1, 1, 3.0, None, None)] == rows_of("iterations")
    assert [
        ("23", None, "hashline", "glm-4.7", 1, 0, 1, None, 4, None),
        ("23", None, "whole", "glm-4.7", 1, 1, 1, None, 4, None),
    ] == rows_of("edits")
    # A chunk belongs to the period in which it began.
    assert [("22", "code-agent", "parallel", None, 1, 1, 1, 10.0, 6, None)] == rows_of("rlm")
    assert [("23", None, "debug", None, 1, 0, 1, None, None, None)] == rows_of("intents")


@pytest.mark.parametrize(
    ("days", "a_day", "period"),
    [
        (0.04, 25, "2026-11-23 12:00"),
        (9, 100, "2026-11-23"),
        (28, 25, "2026-11-23"),
        (28, 5, "2026-W48"),
        (180, 5, "2026-W48"),
        (180, 2, "2026-11"),
        (180, 0.1, "2026-11"),
        (999, 9, "2026-11"),
    ],
)
def test_the_period_is_the_shortest_in_which_the_median_cell_holds_20_runs(
    days: float, a_day: float, period: str
) -> None:
    """And of which there are 62 at most; of no history the longest that has three."""
    store = ReportsStore()
    for number in range(int(days * a_day) + 1):
        store.run(started=int(NOW - number * DAY / a_day))
    store.load("rare", started=NOW)

    assert period == trend(store, by=None)[-1].period


def test_success_is_drawn_with_the_versions_marked_and_what_compare_says_of_the_newest() -> None:
    """One verdict for `trend`, `compare` and the findings, and none by eye."""
    store = ReportsStore()
    for number in range(120):
        newer, at = number >= 60, MIDNIGHT - (120 - number) * HOUR
        name = f"ses_{number}"
        store.load(session_id=name, started=at, skill_version=("bb" if newer else "aa") * 32)
        good = number % 20 or (newer and number % 2 == 0)
        store.run(
            outcome="succeeded" if good and (newer or number % 2) else "failed",
            session_id=name,
            started=at + 1,
        )
    options = [reports.Calendar("skills", "day")]

    report = reports.build(store.connection, "trend", options=options, utc=True, now_ms=NOW)

    (sheet, _) = blocks(report.parts["trend"], report.parts["trend_changes"])
    assert isinstance(sheet, Sheet)
    row = dict(zip([column.title for column in sheet.columns], sheet.rows[0], strict=True))
    line = row["success over time"].bar
    assert isinstance(line, tuple)
    assert [0.5, 0.5, VERSION_MARK] == [*line[:3]]
    assert "50 → 100 % ▲ better" == row["with the newest version"].text
    (change,) = report.parts["trend_changes"]
    assert (60, 60, "better", "aa" * 6, "bb" * 6) == (
        *(change.n_before, change.n_after, change.verdict),
        *(change.version_before, change.version),
    )
    compared = reports.build(store.connection, "compare", now_ms=NOW).parts["compare"][0]
    assert ("success", compared.low, compared.high) == (compared.metric, change.low, change.high)


def test_a_gap_is_part_of_the_shape() -> None:
    """A sparkline has a place for each period, used or not."""
    store = ReportsStore()
    for days in (5, 5, 0):
        store.run(started=MIDNIGHT - days * DAY)
    store.run(outcome="failed", started=MIDNIGHT)

    (sheet,) = shapes(trend(store))
    assert isinstance(sheet, Sheet)

    assert [(1.0, None, None, None, None, 0.5)] == [row[3].bar for row in sheet.rows]


def test_a_long_history_is_drawn_in_few_points() -> None:
    """100 days in 20 points of 5 days each: none is left out."""
    store = ReportsStore()
    for days in range(100):
        store.run(started=MIDNIGHT - days * DAY)
    store.run(outcome="failed", started=MIDNIGHT - 99 * DAY)

    (sheet,) = shapes(trend(store))

    assert isinstance(sheet, Sheet)
    assert [(5 / 6, *[1.0] * 19)] == [row[3].bar for row in sheet.rows]


def test_local_days_follow_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same moment is on another day elsewhere; --utc is for those who compare."""
    store = ReportsStore()
    store.run(started=NOW)
    for zone, day in (("Pacific/Kiritimati", "2026-11-24"), ("UTC", "2026-11-23")):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        options = [reports.Calendar(by="day")]
        report = reports.build(store.connection, "trend", options=options, now_ms=NOW)
        assert [day] == [row.period for row in report.parts["trend"]]
    os.environ.pop("TZ")
    time.tzset()


def test_a_version_that_came_back_is_marked_again() -> None:
    """A, B, A: the rollback is a change as well."""
    store = ReportsStore()
    for days, version in ((2, "aa"), (1, "bb"), (0, "aa")):
        store.load(started=MIDNIGHT - days * DAY, skill_version=version * 32)

    assert [["aa" * 6], ["bb" * 6], ["aa" * 6]] == [row.new_versions for row in trend(store)]


def test_a_success_that_is_none_has_no_interval() -> None:
    """Any program can write into a store: 7 of 1 is no rate."""
    store = ReportsStore()
    store.intent("code", correct=7, time=MIDNIGHT)

    (row,) = trend(store, "intents")

    assert (None, None) == (row.success_low, row.success_high)
