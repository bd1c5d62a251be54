"""The section `trend`: any section's numbers by hour, day, week or month."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports
from tachikoma_telemetry.cli.time_words import parse_time
from tachikoma_telemetry.reports.blocks import VERSION_MARK, Sheet
from tachikoma_telemetry.reports.sections.trend.calendar import Bucket, Period, buckets
from tachikoma_telemetry.reports.sections.trend.rows import TrendRow
from tachikoma_telemetry.reports.sections.trend.sheet import blocks, shapes

from ..reports_store import DAY, HOUR, ReportsStore

NOW = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
MIDNIGHT = NOW - 12 * HOUR


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone whose clocks change."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def trend(store: ReportsStore, of: Any = "skills", by: Any = "day", **filters: Any) -> Any:
    options = [reports.Calendar(of, by)]
    chosen = reports.Filters(**filters)
    report = reports.build(store.connection, "trend", chosen, options=options, utc=True, now_ms=NOW)
    rows: list[TrendRow] = report.parts["trend"]
    return rows


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone().timestamp() * 1000)


# Periods.


@pytest.mark.usefixtures("berlin")
def test_a_day_on_which_the_clocks_change_has_23_or_25_hours() -> None:
    """From midnight to midnight of the local zone."""
    spring = buckets(local("2026-03-29T12:00"), local("2026-03-29T13:00"), "day")
    autumn = buckets(local("2026-10-25T12:00"), local("2026-10-25T13:00"), "day")

    assert [("2026-03-29", 23)] == [(each.name, (each.end - each.start) // HOUR) for each in spring]
    assert [("2026-10-25", 25)] == [(each.name, (each.end - each.start) // HOUR) for each in autumn]


@pytest.mark.usefixtures("berlin")
def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """With names of their own."""
    names = [
        each.name for each in buckets(local("2026-10-25T01:30"), local("2026-10-25T03:30"), "hour")
    ]

    assert [
        "2026-10-25 01:00",
        "2026-10-25 02:00",
        "2026-10-25 02:00 +0100",
        "2026-10-25 03:00",
    ] == names


@pytest.mark.parametrize(
    ("name", "day", "begins"),
    [
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00"),
        ("America/Havana", "2026-03-08", "2026-03-08T05:00"),
    ],
)
def test_a_day_without_a_midnight_begins_when_the_clock_first_shows_it(
    name: str, day: str, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 1:00, under its own name; by the local zone as by any other."""
    noon = int(datetime.fromisoformat(f"{day}T18:00+00:00").timestamp() * 1000)
    start = int(datetime.fromisoformat(f"{begins}+00:00").timestamp() * 1000)
    monkeypatch.setenv("TZ", name)
    time.tzset()
    try:
        here = buckets(noon, noon, "day")
        assert start == parse_time(day)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [Bucket(day, start, start + 23 * HOUR)] == here
    assert here == buckets(noon, noon, "day", zone=ZoneInfo(name))
    # The day before ends there, and is not cut.
    before = buckets(noon - DAY, noon, "day", zone=ZoneInfo(name))
    assert [24, 23] == [(each.end - each.start) // HOUR for each in before]


def test_hours_follow_a_clock_that_is_moved_by_half_an_hour() -> None:
    """On Lord Howe Island one hour has 30 minutes, and one comes back for 30 more."""
    lord_howe = ZoneInfo("Australia/Lord_Howe")

    def minutes(first: str, last: str) -> list[tuple[str, int]]:
        start, end = (
            int(datetime.fromisoformat(each).replace(tzinfo=lord_howe).timestamp() * 1000)
            for each in (first, last)
        )
        return [
            (each.name[11:], (each.end - each.start) // 60_000)
            for each in buckets(start, end, "hour", zone=lord_howe)
        ]

    assert [("01:00", 60), ("02:00", 30), ("03:00", 60)] == minutes(
        "2026-10-04T01:10", "2026-10-04T03:10"
    )
    assert [("01:00", 60), ("01:00 +1030", 30), ("02:00", 60)] == minutes(
        "2026-04-05T01:10", "2026-04-05T02:10"
    )
    assert [("02:00", 30)] == minutes("2026-10-04T02:40", "2026-10-04T02:50")


@pytest.mark.slow
def test_periods_are_right_in_every_zone_for_ten_years() -> None:
    """Around each change of a clock: a period holds what its name says, and nothing else does."""
    years = range(1_451_606_400, 1_830_297_600, 86_400)  # 2016 to 2027
    forms: tuple[tuple[str, Period, int], ...] = (
        ("%Y-%m-%d", "day", 2 * DAY),
        ("%Y-%m-%d %H:00", "hour", 30 * HOUR),
        ("%G-W%V", "week", DAY),
        ("%Y-%m", "month", DAY),
    )
    changes = 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        ahead = [datetime.fromtimestamp(each, zone).utcoffset() for each in years]
        for at, (one, other) in enumerate(pairwise(ahead)):
            if one == other:
                continue
            changes += 1
            noon = years[at] * 1000
            for form, by, around in forms:
                found = buckets(noon - around, noon + around, by, zone=zone)
                assert all(a.end == b.start for a, b in pairwise(found))
                assert len(found) == len({each.name for each in found}), name
                for each in found:
                    first, last = (
                        datetime.fromtimestamp(second, zone)
                        for second in (each.start // 1000, each.end // 1000 - 1)
                    )
                    shown, _, again = each.name.partition(" +" if "+" in each.name else " -")
                    assert shown == first.strftime(form) == last.strftime(form), (name, each)
                    if by == "hour":
                        assert first.utcoffset() == last.utcoffset(), (name, each)
                        assert not again or first.strftime("%z").endswith(again)
                for a, b in pairwise(found):
                    if by != "hour":
                        assert a.name < b.name, (name, a, b)
    assert changes > 2000


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    """Named by ISO week and by month."""
    weeks = buckets(NOW, NOW, "week", utc=True)
    months = buckets(NOW - 31 * DAY, NOW, "month", utc=True)

    assert [("2026-W48", MIDNIGHT, MIDNIGHT + 7 * DAY)] == [
        (each.name, each.start, each.end) for each in weeks
    ]
    assert [("2026-10", 31), ("2026-11", 30)] == [
        (each.name, (each.end - each.start) // DAY) for each in months
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2 * 10**12),
    st.integers(0, 400 * DAY),
    st.sampled_from(["hour", "day", "week", "month"]),
    st.booleans(),
)
def test_periods_leave_no_gap(first: int, span: int, by: Any, utc: bool) -> None:
    """Each begins where the one before ends, and together they hold everything."""
    found = buckets(first, first + span, by, utc=utc)

    assert found[0].start <= first
    assert first + span < found[-1].end
    assert all(a.end == b.start for a, b in pairwise(found))
    assert len(found) == len({each.name for each in found})


def test_a_clock_that_was_wrong_once_does_not_make_a_million_periods() -> None:
    """The latest 20,000 are kept."""
    assert 20_000 <= len(buckets(0, NOW, "hour", utc=True)) <= 20_001


# What is counted.


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
