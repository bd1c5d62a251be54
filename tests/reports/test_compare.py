"""The section `compare`: whether a change helped, and how sure that is."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import Filters
from tachikoma_telemetry.reports.blocks import Sentence, Sheet
from tachikoma_telemetry.reports.engine import SqliteEngine
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.reports.sections.compare.rows import CompareRow
from tachikoma_telemetry.reports.sections.compare.sheet import blocks
from tachikoma_telemetry.reports.selection.views import prepare

from ..reports_store import DAY, HOUR, NOW, ReportsStore


def compare(
    store: ReportsStore, comparison: reports.Comparison | None = None, **filters: Any
) -> dict[tuple[str | None, str], CompareRow]:
    report = reports.build(
        store.connection,
        "compare",
        reports.Filters(**filters),
        options=[comparison or reports.Comparison()],
        now_ms=NOW,
    )
    return {(row.skill, row.metric): row for row in report.parts["compare"]}


# What is compared.


def versions(store: ReportsStore, skill: str = "code-agent") -> None:
    """Two versions, 40 sessions each, with a load and a run; the second is better."""
    for place, (version, good) in enumerate((("aaaa" * 16, 10), ("bbbb" * 16, 38))):
        for number in range(40):
            session, at = f"{skill}{place}.{number}", NOW - (2 - place) * DAY + 2 * number
            store.load(skill, session_id=session, started=at, skill_version=version, window_ms=5)
            store.run(
                skill,
                "succeeded" if number < good else "failed",
                session_id=session,
                started=at + 1,
                run_ms=1000.0 + number if place else 5000.0 + number,
                iterations=2,
                retries=0,
            )


def test_the_two_newest_versions_of_a_skill_are_compared() -> None:
    """A run is of the version loaded before it in its session."""
    store = ReportsStore()
    store.load(session_id="old", started=NOW - 9 * DAY, skill_version="cc" * 32)
    versions(store)
    # A run that began in another session after the newest version was out is of that.
    store.run(session_id=None, started=NOW - HOUR, run_ms=1000.0)

    rows = compare(store, skill="code-agent")

    row = rows["code-agent", "success"]
    assert ("aaaaaaaaaaaa", "bbbbbbbbbbbb") == (row.side_before, row.side_after)
    assert (40, 41, 0.25, "better") == (row.n_before, row.n_after, row.before, row.verdict)
    assert row.difference == pytest.approx(39 / 41 - 0.25)
    assert (40, 41) == (row.sessions_before, row.sessions_after)
    assert row.runs_needed is None
    assert row.primary
    duration = rows["code-agent", "duration"]
    assert ("better", "ratio") == (duration.verdict, duration.measure)
    assert duration.difference is not None
    assert 0.19 < duration.difference < 0.22
    assert "can't tell yet" == rows["code-agent", "iterations"].verdict
    assert ("code-agent", "retries") not in rows


def test_without_a_skill_each_skill_with_two_versions_is_compared() -> None:
    """One question for all: did the newest version help?"""
    store = ReportsStore()
    versions(store)
    versions(store, "verifier")
    store.load("lonely", skill_version="dd" * 32)

    assert {"code-agent", "verifier"} == {skill for skill, _ in compare(store)}


def test_versions_are_named_by_how_they_begin() -> None:
    """Unknown and ambiguous ones are told with those there are."""
    store = ReportsStore()
    versions(store)

    named = compare(store, reports.Comparison(before="bbbb", after="aaaa"), skill="code-agent")
    assert "worse" == named["code-agent", "success"].verdict
    with pytest.raises(reports.ComparisonError, match="no version begins with 'e'; those of"):
        compare(store, reports.Comparison(before="e"), skill="code-agent")
    with pytest.raises(reports.ComparisonError, match="more than one"):
        compare(store, reports.Comparison(after=""), skill="code-agent")
    with pytest.raises(reports.ComparisonError, match="same version"):
        compare(store, reports.Comparison(before="b", after="b"), skill="code-agent")
    with pytest.raises(reports.ComparisonError, match="--skill"):
        compare(store, reports.Comparison(before="b"))


def test_a_skill_of_one_version_has_no_difference() -> None:
    """Nothing before: no difference, no verdict."""
    store = ReportsStore()
    store.load(skill_version="a")
    store.run(started=NOW - HOUR)

    row = compare(store, skill="code-agent")["code-agent", "success"]

    assert (None, 1.0, 0, 1) == (row.before, row.after, row.n_before, row.n_after)
    assert (None, None, "can't tell yet") == (row.difference, row.low, row.verdict)
    assert row.runs_needed is None


def test_periods_models_and_formats_are_compared() -> None:
    """By time, by a model with or without provider, by an edit format."""
    store = ReportsStore()
    versions(store)
    for number in range(30):
        where: dict[str, Any] = {"session_id": f"s{number}", "time": NOW - HOUR + number}
        store.edit(("hashline", 1), model="zai/glm-4.7", tokens=5, **where)
        store.edit(("whole", number % 3 // 2), model="openai/gpt-5", tokens=50, **where)

    period = compare(store, reports.Comparison("period", after=(NOW - DAY, None)))
    model = compare(store, reports.Comparison("model", "openai/gpt-5", "glm-4.7"))
    formats = compare(store, reports.Comparison("format", "whole", "hashline"))

    assert "better" == period[None, "success"].verdict
    assert 30 == model[None, "edit_success"].n_before
    assert ("better", "gpt-5") == (
        model[None, "edit_success"].verdict, model[None, "edit_success"].side_before,
    )  # fmt: skip
    assert {(None, "edit_success"), (None, "edit_first_try"), (None, "edit_tokens")} == set(formats)
    assert "better" == formats[None, "edit_tokens"].verdict


def test_a_period_before_is_as_long_as_the_one_after() -> None:
    """And sides that overlap are refused, as is a model that was never seen."""
    store = ReportsStore()
    for at in (NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY):
        store.run(started=at)

    rows = compare(store, reports.Comparison("period", after=(NOW - DAY, NOW)))
    assert (1, 1) == (rows[None, "success"].n_before, rows[None, "success"].n_after)
    for wrong in (
        reports.Comparison("period"),
        reports.Comparison("period", before=(None, NOW), after=(NOW - DAY, None)),
        reports.Comparison("period", after=(None, NOW)),
        reports.Comparison("model", "gpt-5", "x/gpt-5"),
        reports.Comparison("model", "gpt-5", "nope"),
        reports.Comparison("format", "whole"),
    ):
        with pytest.raises(reports.ComparisonError):
            compare(store, wrong)


def rolled_back(store: ReportsStore, skill: str = "code-agent", project: str = "p") -> None:
    """Version a, b, and a again, each loaded in a session of its own with 10 runs after it."""
    for place, version in enumerate(("aaaa" * 16, "bbbb" * 16, "aaaa" * 16)):
        session, at = f"{project}{place}", NOW - (3 - place) * DAY
        store.session(session, project_id=project, directory=f"/srv/{project}", created=at)
        store.load(skill, session_id=session, started=at, skill_version=version)
        for number in range(10):
            store.run(
                skill, session_id=session, started=at + number + 1, run_ms=10.0 ** (place + 1)
            )


def test_a_version_that_came_back_is_a_span_of_its_own() -> None:
    """After a rollback the newest version is the old one; its first use is no part of it."""
    store = ReportsStore()
    rolled_back(store)

    row = compare(store, skill="code-agent")["code-agent", "duration"]
    assert ("bbbbbbbbbbbb", "aaaaaaaaaaaa") == (row.side_before, row.side_after)
    assert (10, 10) == (row.n_before, row.n_after)
    assert [row.before, row.after] == pytest.approx([100, 1000])

    named = reports.Comparison(before="a", after="b")
    row = compare(store, named, skill="code-agent")["code-agent", "duration"]
    assert (10, 10) == (row.n_before, row.n_after)
    assert [row.before, row.after] == pytest.approx([10, 100])
    rows = reports.build(store.connection, "skills", now_ms=NOW).parts["skills"]
    assert [2] == [row.versions for row in rows]


def test_projects_change_versions_each_at_its_own_time() -> None:
    """Two projects that use the versions in turn don't cut each other's spans."""
    store = ReportsStore()
    for place, project in enumerate("pqpq"):
        session, at = f"{project}{place}", NOW - (4 - place) * DAY
        version = ("aaaa" if place < 3 else "bbbb") * 16
        store.session(session, project_id=project, directory=f"/srv/{project}", created=at)
        store.load(session_id=session, started=at, skill_version=version)
        store.run(session_id=session, started=at + 1, run_ms=1.0)

    row = compare(store, skill="code-agent")["code-agent", "duration"]

    assert (3, 1) == (row.n_before, row.n_after)


def test_a_subagent_s_run_is_of_its_parent_s_version() -> None:
    """Not of what another session loaded last, and never of what another project did."""
    store = ReportsStore()
    store.session("parent", project_id="p", directory="/srv/p")
    store.session("child", project_id="p", directory="/srv/p", parent_id="parent")
    store.session("grandchild", project_id="p", directory="/srv/p", parent_id="child")
    store.session("other", project_id="p", directory="/srv/p")
    store.session("alone", project_id="p", directory="/srv/p")
    store.session("elsewhere", project_id="q", directory="/srv/q")
    store.session("new", project_id="n", directory="/srv/n")
    at = NOW - DAY
    for place, session in enumerate(("parent", "other", "elsewhere")):
        version = f"{session:x<12}" * 4
        store.load(session_id=session, started=at + place, skill_version=version)
    for session in ("child", "grandchild", "other", "alone", "new"):
        store.run(session_id=session, started=at + 10, run_id=session)
    for root in ("/srv/q", "/srv/p", "/srv/nowhere"):
        run = store.run(session_id=None, started=at + 10, run_id=root)
        store.event(run_id=run, project=root)

    prepare(SqliteEngine(store.connection), Filters(), now_ms=NOW)

    assert {
        "child": "parent", "grandchild": "parent", "other": "other", "alone": "other", "new": None,
        "/srv/q": "elsewhere", "/srv/p": "other", "/srv/nowhere": None,
    } == {
        run: version and version.partition("x")[0]
        for run, version in store.connection.execute(
            "SELECT run_id, skill_version FROM run_versions"
        )
    }  # fmt: skip


# What the verdict is about.


def test_the_verdict_is_about_one_number_and_the_others_are_tested_together() -> None:
    """Success, unless another measure is chosen; the smallest of k others has to pass 5 % / k."""
    store = ReportsStore()
    versions(store)

    rows = compare(store, skill="code-agent")
    chosen = compare(store, reports.Comparison(measure="duration"), skill="code-agent")

    assert ["success"] == [metric for (_, metric), row in rows.items() if row.primary]
    assert ["duration"] == [metric for (_, metric), row in chosen.items() if row.primary]
    alone, together = chosen["code-agent", "duration"], rows["code-agent", "duration"]
    assert alone.high is not None
    assert together.high is not None
    assert alone.high < together.high


def test_many_runs_of_few_sessions_prove_nothing() -> None:
    """200 runs of four sessions are four sessions."""
    store = ReportsStore()
    for place, (version, outcome) in enumerate((("aa" * 32, "failed"), ("bb" * 32, "succeeded"))):
        for number in range(200):
            session, at = f"{place}.{number % 4}", NOW - (2 - place) * DAY
            if number < 4:
                store.load(session_id=session, started=at, skill_version=version)
            store.run("code-agent", outcome, session_id=session, started=at + number + 1)

    row = compare(store, skill="code-agent")["code-agent", "success"]

    assert (200, 4, 1.0) == (row.n_after, row.sessions_after, row.difference)
    assert (None, None, "can't tell yet") == (row.low, row.high, row.verdict)


def mixed(store: ReportsStore, sides: dict[str, tuple[tuple[str, int, int], ...]]) -> None:
    """Two versions; of each side (model, runs, successes), a session a run."""
    for place, (version, parts) in enumerate(sides.items()):
        number = 0
        for model, runs, good in parts:
            for each in range(runs):
                number += 1
                session, at = f"{version}{number}", NOW - (2 - place) * DAY + 2 * number
                store.load(session_id=session, started=at, skill_version=version * 32, model=model)
                outcome = "succeeded" if each < good else "failed"
                store.run("code-agent", outcome, session_id=session, started=at + 1, model=model)


def test_a_better_model_does_not_make_a_skill_better() -> None:
    """Simpson's paradox: with either model the version is worse, all together it looks better."""
    store = ReportsStore()
    mixed(
        store,
        {
            "aa": (("good", 100, 90), ("poor", 300, 120)),
            "bb": (("good", 300, 225), ("poor", 100, 20)),
        },
    )

    row = compare(store, skill="code-agent")["code-agent", "success"]

    assert row.crude == pytest.approx(245 / 400 - 210 / 400)
    assert row.difference == pytest.approx(-0.175)
    assert ("worse", ["model"], []) == (row.verdict, row.within, row.not_within)


def test_what_the_sides_have_not_in_common_is_said() -> None:
    """Another model on each side: nothing can be held equal."""
    store = ReportsStore()
    mixed(store, {"aa": (("one", 20, 10),), "bb": (("other", 20, 19),)})

    row = compare(store, skill="code-agent")["code-agent", "success"]

    assert ([], ["model"]) == (row.within, row.not_within)
    assert row.difference == row.crude == pytest.approx(0.45)


def test_where_one_side_has_nothing_its_mixture_is_no_cause() -> None:
    """A period before the history began has no models that could differ."""
    store = ReportsStore()
    mixed(store, {"aa": (("one", 20, 10), ("other", 20, 19))})
    asked = reports.Comparison("period", after=(NOW - 99 * DAY, None))
    report = reports.build(store.connection, "compare", options=[asked], now_ms=NOW)

    assert "CAN'T TELL YET" in to_markdown(report)
    assert "this may be the cause" not in to_markdown(report)


def test_no_difference_that_matters_is_the_same() -> None:
    """An interval within 10 points is an answer; a wide one names the runs that are missing."""
    store = ReportsStore()
    mixed(store, {"aa": (("m", 2000, 1800),), "bb": (("m", 2000, 1810),)})
    assert "same" == compare(store, skill="code-agent")["code-agent", "success"].verdict

    store = ReportsStore()
    mixed(store, {"aa": (("m", 400, 360),), "bb": (("m", 40, 37),)})
    row = compare(store, skill="code-agent")["code-agent", "success"]
    assert "can't tell yet" == row.verdict
    assert row.runs_needed is not None
    assert 40 < row.runs_needed < 400


def test_a_side_that_has_ended_too_early_never_tells() -> None:
    """Of eight sessions before, no number of sessions after makes enough."""
    store = ReportsStore()
    mixed(store, {"aa": (("m", 8, 6),), "bb": (("m", 400, 300),)})

    row = compare(store, skill="code-agent")["code-agent", "success"]

    assert ("can't tell yet", None) == (row.verdict, row.runs_needed)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_both_sides_are_shown_at_every_width(width: int) -> None:
    """Other columns go first; from 80 columns on the interval is drawn."""
    store = ReportsStore()
    versions(store)
    report = reports.build(store.connection, "compare", now_ms=NOW)
    screen = Console(file=io.StringIO(), width=width, color_system=None)

    for each in tables(report):
        screen.print(each)

    assert isinstance(screen.file, io.StringIO)
    text = screen.file.getvalue()
    assert re.search(r"success +25 % +95 % +\+70 points", text)
    assert ("●" in text) is (width >= 80)


def test_several_skills_begin_with_a_line_for_each() -> None:
    """The clear ones first, and what they did is in the sentence."""
    store = ReportsStore()
    versions(store)
    for number in range(40):
        version = ("aa" if number < 20 else "bb") * 32
        session, at = f"same{number}", NOW - DAY + number * HOUR // 2
        store.load("dull", session_id=session, started=at, skill_version=version)
        store.run("dull", session_id=session, started=at + 1)
    report = reports.build(store.connection, "compare", now_ms=NOW)

    sentence, sheet, *_ = blocks(report.parts["compare"])

    assert isinstance(sentence, Sentence)
    assert "Of 2 skills with two versions, better: code-agent." == sentence.text
    assert isinstance(sheet, Sheet)
    assert ["code-agent", "dull"] == [row[0].text for row in sheet.rows]
