"""Comparisons of what several people did: the person is the unit, and not the session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.reports import Comparison, Report
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown

from ..reports_store import NOW
from .exports import export_as
from .people import NEW, OLD, skill_store, team


def fleet(folder: Path, section: str = "compare", *options: object) -> Report:
    with fleet_engine(str(folder)) as (engine, problems):
        assert not problems
        return reports.build(engine, section, now_ms=NOW, options=options)


def test_a_change_that_all_people_see_is_a_verdict_inside_each_person(tmp_path: Path) -> None:
    team(tmp_path, 12, (4, 10), (9, 10))

    row = fleet(tmp_path).parts["compare"][0]

    assert (row.metric, row.verdict) == ("success", "better")
    assert (row.people_before, row.people_after) == (12, 12)
    assert (row.sessions_before, row.n_before) == (120, 120)
    assert row.difference == pytest.approx(0.5)
    assert "person" in row.within


def test_two_people_give_no_verdict_however_many_runs_they_have(tmp_path: Path) -> None:
    team(tmp_path, 2, (20, 50), (45, 50))

    row = fleet(tmp_path).parts["compare"][0]

    assert (row.verdict, row.people_after, row.runs_needed) == ("can't tell yet", 2, None)


def test_one_person_on_two_machines_is_one_person(tmp_path: Path) -> None:
    for machine in ("laptop", "desk"):
        made = skill_store(machine, {OLD: (4, 10), NEW: (9, 10)})
        export_as(machine, made.connection, tmp_path, person="ada")

    row = fleet(tmp_path).parts["compare"][0]

    assert (row.people_before, row.sessions_before) == (None, 20)


def test_who_has_not_upgraded_yet_does_not_decide_which_version_is_the_newest(
    tmp_path: Path,
) -> None:
    team(tmp_path, 3, (4, 10), (9, 10))
    late = skill_store("late", {OLD: (5, 10)}, since=3)
    export_as("late", late.connection, tmp_path)

    row = fleet(tmp_path).parts["compare"][0]

    assert (row.side_before, row.side_after) == (OLD[:12], NEW[:12])
    assert (row.people_before, row.people_after) == (4, 3)


def test_a_version_of_one_person_alone_is_not_the_newest_one(tmp_path: Path) -> None:
    team(tmp_path, 3, (4, 10), (9, 10))
    attempt = skill_store("attempt", {NEW: (5, 10), "cc" * 32: (1, 3)}, since=9)
    export_as("attempt", attempt.connection, tmp_path)

    row = fleet(tmp_path).parts["compare"][0]

    assert (row.side_before, row.side_after) == (OLD[:12], NEW[:12])


def test_edit_formats_are_compared_by_people_too(tmp_path: Path) -> None:
    team(tmp_path, 5, (2, 10), (3, 10))

    (pair,) = fleet(tmp_path, "edits").parts["format_pairs"]

    assert (pair.format, pair.people, pair.other_people, pair.sessions) == ("hashline", 5, 5, 50)
    assert fleet(tmp_path, "compare", Comparison("format", "whole", "hashline")).parts["compare"]


def test_with_few_people_the_report_says_what_a_verdict_takes(tmp_path: Path) -> None:
    team(tmp_path, 3, (4, 10), (9, 10))

    text = to_markdown(fleet(tmp_path)).replace("\\", "")

    assert "a verdict needs 5 people on each side (3, 3 so far)" in text
    assert "People are the units, not sessions: 3 people before, 3 people after" in text
