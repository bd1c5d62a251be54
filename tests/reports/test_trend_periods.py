"""The hours, days, weeks and months of a trend, in zones whose clocks change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry.cli.time_words import parse_time
from tachikoma_telemetry.reports.sections.trend.calendar import Bucket, Period, buckets

from ..reports_store import DAY, HOUR

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


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone().timestamp() * 1000)


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
