"""`report` as it is asked on the command line: what is compared, by which periods, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..command_line import Finished, run
from ..reports_store import DAY, NOW, ReportsStore

# NOW is 2027-01-15 08:00 UTC.


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A skill in two versions, a week apart; the second is better. Two models, two formats."""
    root = tmp_path_factory.mktemp("project")
    folder = root / ".opencode/telemetry"
    folder.mkdir(parents=True)
    (root / ".opencode/skills/idle").mkdir(parents=True)
    (root / ".opencode/skills/idle/SKILL.md").write_text("---\nname: idle\ndescription: x\n---\n")
    store = ReportsStore(folder / "unified.db").marked()
    for place, (version, good) in enumerate((("aa" * 32, 10), ("bb" * 32, 38))):
        at = NOW - (9 - 7 * place) * DAY
        for number in range(40):
            session, then = f"s{place}.{number}", at + 2 * number
            store.session(session, created=then)
            store.load(session_id=session, started=then, skill_version=version)
            outcome = "succeeded" if number < good else "failed"
            store.run(outcome=outcome, session_id=session, started=then + 1)
    for number in range(30):
        where: Any = {"session_id": f"s1.{number}", "time": NOW - DAY + number}
        store.edit(("hashline", 1), model="zai/glm-4.7", **where)
        store.edit(("whole", int(number < 9)), model="openai/gpt-5", **where)
    store.connection.close()
    return root


def report(project: Path, *arguments: str) -> Finished:
    home = str(project / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time_ns", lambda: NOW * 1_000_000)
        return run(
            *("report", "--no-merge", "--project", str(project), *arguments),
            COLUMNS="80",
            HOME=home,
            TZ="UTC",
        )


def rows(project: Path, section: str, *arguments: str) -> list[dict[str, Any]]:
    result = report(project, section, *arguments, "--format", "json")
    assert 0 == result.returncode, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)[section]
    return found


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        (["--skill", "code-agent"], "aaaaaaaaaaaa", "bbbbbbbbbbbb"),
        (["--skill", "code-agent", "--before", "aa", "--after", "bb"], "aa" * 6, "bb" * 6),
        (["--after", "7d"], "before 2027-01-08 08:00", "since 2027-01-08 08:00"),
        (["--before", "2027-01-08"], "before 2027-01-08 00:00", "since 2027-01-08 00:00"),
        (
            ["--before", "2027-01-01..2027-01-08", "--after", "2027-01-08..2027-01-15"],
            "2027-01-01 00:00 to 2027-01-08 00:00",
            "2027-01-08 00:00 to 2027-01-15 00:00",
        ),
    ],
)  # fmt: skip
def test_did_the_change_help(project: Path, arguments: list[str], before: str, after: str) -> None:
    """Between two versions, named or not, and between two spans of time."""
    (row,) = [row for row in rows(project, "compare", *arguments) if row["metric"] == "success"]

    assert (before, after, 40, 40) == (
        row["side_before"], row["side_after"], row["n_before"], row["n_after"],
    )  # fmt: skip
    assert ("better", pytest.approx(0.7)) == (row["verdict"], row["difference"])


def test_models_and_formats_are_compared(project: Path) -> None:
    """What --by names."""
    for by, before, after in (("model", "gpt-5", "glm-4.7"), ("format", "whole", "hashline")):
        arguments = ("--by", by, "--before", before, "--after", after)
        (row, *_) = rows(project, "compare", *arguments)
        assert ("edit_success", "better", 30) == (row["metric"], row["verdict"], row["n_after"])


def test_a_comparison_says_in_words_what_it_found(project: Path) -> None:
    """One sentence, then the numbers, in 80 columns."""
    result = report(project, "compare", "--skill", "code-agent").stdout

    assert "BETTER. Runs succeed more often (25 → 95 %, +" in result
    assert " points). Nothing is clearly worse." in " ".join(result.split())
    assert "version bbbb (since " in result
    assert "+70 points" in result
    assert max(map(len, result.splitlines())) <= 80


def test_another_number_than_success_can_be_the_one_that_counts(project: Path) -> None:
    """--measure names it; an unknown one is refused with those there are."""
    arguments = ("compare", "--by", "model", "--before", "gpt-5", "--after", "glm-4.7")

    (row,) = [
        row for row in rows(project, *arguments, "--measure", "edit_first_try") if row["primary"]
    ]
    wrong = report(project, *arguments, "--measure", "succes")

    assert ("edit_first_try", "better") == (row["metric"], row["verdict"])
    assert 2 == wrong.returncode
    assert "success" in wrong.stderr


def test_counts_are_compared_by_their_means(tmp_path: Path) -> None:
    """The change is the difference of the two numbers beside it."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    store = ReportsStore(folder / "unified.db").marked()
    for number in range(40):
        for model in ("a", "b"):
            store.run(
                session_id=f"{model}{number}",
                model=model,
                retries=int(number < 16) + 2 * (model == "b"),
            )
    store.connection.close()

    (row,) = [
        row
        for row in rows(tmp_path, "compare", "--by", "model", "--before", "a", "--after", "b")
        if row["metric"] == "retries"
    ]

    assert [0.4, 2.4, 2.0] == pytest.approx([row["before"], row["after"], row["difference"]])
    assert ("mean difference", "worse") == (row["measure"], row["verdict"])


def test_a_trend_is_of_any_section_by_any_period(project: Path) -> None:
    """--of and --by; without, of skills, by a period that fits."""
    assert ["2027-01-06", "2027-01-13"] == [row["period"] for row in rows(project, "trend")]
    edits = rows(project, "trend", "--of", "edits", "--by", "month")
    assert [("2027-01", "glm-4.7", "hashline"), ("2027-01", "gpt-5", "whole")] == sorted(
        (row["period"], row["model"], row["name"]) for row in edits
    )


def test_unused_skills_are_those_of_project_and_home(project: Path) -> None:
    """Those in it and in the home folder."""
    (row,) = rows(project, "unused")
    assert ("idle", "never used") == (row["skill"], row["state"])
    assert row["path"].endswith(".opencode/skills/idle/SKILL.md")


def test_csv_into_a_folder_is_a_file_a_part(project: Path, tmp_path: Path) -> None:
    """Of one section into a folder that is there; of the overview it is made."""
    for section, folder, expected in (
        (["edits"], "edits", {"edits.csv", "best_formats.csv"}),
        ([], "all/of it", {"skills.csv", "confusion.csv", "trend.csv", "unused.csv"}),
    ):
        target = tmp_path / folder
        if section:
            target.mkdir()
        result = report(project, *section, "--format", "csv", "--output", str(target))
        assert (0, "") == (result.returncode, result.stdout)
        assert expected <= {each.name for each in target.iterdir()}
        assert len(target.joinpath(max(expected)).read_text().splitlines()) > 1


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("html", "<!doctype"), ("JSON", "{"), ("csv", "skill,"), ("md", "### "), ("txt", "skills ")],
)
def test_the_name_of_the_output_says_its_form(
    project: Path, tmp_path: Path, ending: str, begins: str
) -> None:
    """A table in a file named report.html would be a surprise; `--format` has the last word."""
    path = tmp_path / f"report.{ending}"

    result = report(project, "skills", "--output", str(path))
    named = report(project, "skills", "--output", str(path.with_stem("other")), "--format", "md")

    assert (0, 0) == (result.returncode, named.returncode)
    assert path.read_text("utf-8").lower().startswith(begins)
    assert path.with_stem("other").read_text("utf-8").startswith("### ")


def test_times_can_be_in_utc(project: Path) -> None:
    """The zone is in the title."""
    assert "sessions · times in UTC" in report(project, "sessions", "--utc").stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["skils"], "did you mean skills?"),
        (["skills", "--by", "day"], "only for trend and compare"),
        (["compare", "--of", "edits"], "only for trend"),
        (["tools", "--tool", "bash"], "only for calls"),
        (["calls", "--outcome", "bad"], "'bad' is none of succeeded, failed"),
        (["trend", "--before", "7d"], "only for compare"),
        (["trend", "--by", "year"], "'year' is none of hour, day, week, month"),
        (["trend", "--of", "calls"], "'calls' is none of skills, iterations"),
        (["compare", "--by", "size"], "'size' is none of version, period, model, format"),
        (["compare", "--before", "aa"], "name their --skill"),
        (["compare", "--skill", "code-agent", "--before", "cc"], "no version begins with 'cc'"),
        (["compare", "--by", "model", "--before", "gpt-5"], "needs --before and --after"),
        (["compare", "--by", "format", "--before", "a", "--after", "b"], "are hashline, whole"),
        (["compare", "--before", "2027-01-08..2027-01-01"], "ends before it begins"),
        (["skills", "--since", "soon"], "'soon' is no time"),
        (["--format", "xml"], "'--format': 'xml' is none of table, json, csv, md, html"),
        (["--source", "both"], "'--source': 'both' is none of event, call, all"),
        (["skills", "--since", "1d", "--until", "2d"], "ends before it begins"),
        (["skills", "--check"], "needs no SECTION"),
        (["--format", "csv"], "CSV holds one section; name it, or a folder by --output"),
        (["--format", "csv", "--output", "all.csv"], "CSV holds one section"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_in_a_sentence(
    project: Path, arguments: list[str], complaint: str
) -> None:
    """As wrong usage: exit 2, and nothing on stdout."""
    result = report(project, *arguments)

    # Rich breaks the line inside a frame.
    said = " ".join(result.stderr.replace("│", " ").split())
    assert (2, "") == (result.returncode, result.stdout)
    assert complaint in said


def test_a_skill_of_one_version_has_no_version_to_be_compared_with(tmp_path: Path) -> None:
    """Which one that is, how much it was used, and what can be compared instead."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    store = ReportsStore(folder / "unified.db").marked()
    for number in range(4):
        store.session(f"s{number}")
        store.load("single", session_id=f"s{number}", skill_version="ab" * 32, window_ms=5)
        store.load("loaded", session_id=f"s{number}", skill_version="cd" * 32, window_ms=5)
        store.run("single", session_id=f"s{number}", started=NOW)
    store.connection.close()

    single = " ".join(report(tmp_path, "compare", "--skill", "single").stdout.split())
    loaded = " ".join(report(tmp_path, "compare", "--skill", "loaded").stdout.split())
    page = report(tmp_path, "compare", "--skill", "single", "--format", "md").stdout

    assert "single was loaded in one version only, abababababab (4 runs)." in single
    assert "`--before` or `--after` with a time sets what was before it against" in single
    assert "loaded was loaded in one version only, cdcdcdcdcdcd (4 loads)." in loaded
    assert "`--before` or `--after` with a time" in page


@pytest.mark.parametrize(("time", "side"), [("2026-01-01", "before"), ("2028-01-01", "after")])
def test_a_side_of_which_nothing_is_known_is_named(project: Path, time: str, side: str) -> None:
    """That is something else than no evidence."""
    result = report(project, "compare", "--after", time).stdout

    assert "(nothing is known of it)" in " ".join(result.split())
