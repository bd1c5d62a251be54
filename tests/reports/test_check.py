"""`report --check`: what crosses a threshold, for CI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tachikoma_telemetry import reports
from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.reports import ConfigError, Thresholds, read_thresholds

from ..reports_store import ReportsStore


def check(store: ReportsStore, thresholds: Thresholds | None = None, **filters: Any) -> list[Any]:
    options = [thresholds or Thresholds()]
    report = reports.build(store.connection, "check", reports.Filters(**filters), options=options)
    return [
        (row.threshold, row.skill, row.model, row.format, row.value, row.limit, row.n)
        for row in report.parts["check"]
    ]


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_predecessor_s_thresholds_are_the_default() -> None:
    """70 % of runs, 60 % of attempts, 120 s at the 95th percentile, 100,000 tokens a run."""
    store = ReportsStore()
    for number in range(10):
        outcome = "succeeded" if number < 6 else "failed"
        store.run("flaky", outcome, run_ms=1.0)
        store.run("slow", run_ms=121_000.0)
        store.run("hungry", run_tokens_input=99_000, run_tokens_output=1_001)
        store.run("fine", run_ms=119_000.0, run_tokens_input=99_999)
        store.edit(("whole", int(number < 5)))
        store.edit(("hashline", int(number < 6)))

    assert [
        ("run_p95_seconds", "slow", None, None, 121.0, 120.0, 10),
        ("run_tokens", "hungry", None, None, 100_001.0, 100_000.0, 10),
        ("skill_success", "flaky", None, None, 0.6, 0.7, 10),
        ("edit_success", None, "glm-4.7", "whole", 0.5, 0.6, 10),
    ] == sorted(check(store), key=lambda row: (row[0] == "edit_success", row[0]))


def test_few_runs_cross_nothing() -> None:
    """One failure is no alarm: 5 runs or attempts are needed, unless it is set otherwise."""
    store = ReportsStore()
    for _ in range(4):
        store.run(outcome="failed")
        store.edit(("whole", 0))

    assert [] == check(store)
    assert 2 == len(check(store, Thresholds({**Thresholds().limits, "minimum": 4.0})))


def test_thresholds_are_set_in_a_file(tmp_path: Path) -> None:
    """Each alone, off by false, and for one skill; what is not set keeps its default."""
    path = config(
        tmp_path,
        """
        [thresholds]
        skill_success = 0.5
        edit_success = false
        [thresholds.skills.code-agent]
        success = 0.9
        p95_seconds = false
        """,
    )
    limits = read_thresholds(path)
    store = ReportsStore()
    for number in range(10):
        for skill in ("code-agent", "other"):
            store.run(skill, "succeeded" if number < 8 else "failed", run_ms=500_000.0)
        store.edit(("whole", 0))

    assert [
        ("skill_success", "code-agent", None, None, 0.8, 0.9, 10),
        ("run_p95_seconds", "other", None, None, 500.0, 120.0, 10),
    ] == check(store, limits)
    assert Thresholds() == read_thresholds(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[thresholds", "can't read"),
        ("thresholds = 5", "thresholds is no table"),
        (
            "[thresholds]\nskill_sucess = 0.5",
            "no threshold 'skill_sucess'; there are skill_success",
        ),
        ("[thresholds]\nskill_success = '70 %'", "skill_success is a number from 0 up"),
        ("[thresholds]\nskill_success = true", "skill_success is a number from 0 up"),
        ("[thresholds]\nminimum = -1", "minimum is a number from 0 up"),
        ("[thresholds]\nskill_success = 70", "skill_success is a rate, 0 to 1"),
        ("[threshold]\nskill_success = 0.7", "no table 'threshold'; there is thresholds"),
        ("[thresholds.skills.a]\nrate = 1", "no threshold 'rate'"),
        ("[thresholds.skills]\na = 1", "thresholds.skills.a is no table"),
    ],
)
def test_a_mistake_in_the_file_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    """With its place: a threshold that is not understood is not silently off."""
    with pytest.raises(ConfigError) as told:
        read_thresholds(config(tmp_path, text))
    assert complaint in str(told.value)
    assert str(tmp_path) in str(told.value)


# As a command.


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose store holds ten runs, six of which succeeded, and one of another skill."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    store = ReportsStore(folder / "unified.db").marked()
    for number in range(10):
        store.run(outcome="succeeded" if number < 6 else "failed")
    store.run("other")
    store.session()
    store.connection.close()
    return tmp_path


def run(project: Path, *arguments: str) -> Any:
    return CliRunner().invoke(
        app, ["report", "--no-merge", "--project", str(project), *arguments], env={"COLUMNS": "80"}
    )


def test_something_crossed_is_exit_3(project: Path) -> None:
    """And it is listed."""
    told = run(project, "--check")

    assert 3 == told.exit_code
    assert "1 number beyond a threshold" in told.stdout
    assert 3 == run(project, "check").exit_code
    assert "code-agent" in told.stdout
    assert '"threshold": "skill_success"' in run(project, "--check", "--format", "json").stdout


def test_nothing_crossed_is_exit_0(project: Path) -> None:
    """Filters choose what is checked; without --check nothing is."""
    assert 0 == run(project, "--check", "--skill", "other").exit_code
    assert 0 == run(project).exit_code
    (project / ".opencode/telemetry/config.toml").write_text("[thresholds]\nskill_success = 0.6\n")
    told = run(project, "--check")
    assert (0, True) == (told.exit_code, "Nothing crosses a threshold." in told.stdout)


def test_limits_of_a_skill_that_nobody_knows_are_told(project: Path) -> None:
    """A misspelt name in the file would leave its skill without its limits."""
    path = project / ".opencode/telemetry/config.toml"
    path.write_text("[thresholds.skills.code-agnet]\nsuccess = 0.9\n")

    told = run(project, "--check")

    assert (
        "tachikoma-telemetry: config.toml: no skill 'code-agnet' is known; did you mean code-agent?"
        "\n" == told.stderr
    )
    assert 3 == told.exit_code
    assert "" == run(project, "--check", "--quiet").stderr
    path.write_text("[thresholds.skills.code-agent]\nsuccess = 0.9\n")
    assert "" == run(project, "--check").stderr


def test_limits_of_a_skill_that_is_only_installed_are_fine(project: Path, tmp_path: Path) -> None:
    """It may be used tomorrow. Nor is a name wrong before anything is recorded."""
    path = project / ".opencode/telemetry/config.toml"
    path.write_text("[thresholds.skills.new]\nsuccess = 0.9\n")
    empty = ReportsStore(tmp_path / "empty.db").marked()
    empty.connection.close()

    assert "" == run(project, "--check", "--store", str(tmp_path / "empty.db")).stderr
    skill = project / ".opencode/skills/new/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: new\n---\n")
    assert "" == run(project, "--check").stderr


def test_a_broken_file_is_exit_1(project: Path) -> None:
    """Told in one line; reports that need no thresholds don't read it."""
    (project / ".opencode/telemetry/config.toml").write_text("[thresholds]\nx = 1\n")

    told = run(project, "--check")

    assert 1 == told.exit_code or isinstance(told.exception, ConfigError)
    assert 0 == run(project).exit_code


def test_tokens_are_a_mean_over_the_runs_that_reported_them() -> None:
    """Runs that say nothing of their tokens neither lower the mean nor count as evidence."""
    store = ReportsStore()
    for number in range(20):
        store.run("hungry", run_tokens_input=150_000 if number < 5 else None)
    for number in range(20):
        store.run("rare", run_tokens_input=900_000 if number < 4 else None)

    assert [("run_tokens", "hungry", None, None, 150_000.0, 100_000.0, 5)] == check(store)


def test_abandoned_runs_cross_a_limit() -> None:
    """Eight of nine runs were killed: that is no success of 100 %. Those that run don't count."""
    store = ReportsStore()
    store.run("killed")
    for _ in range(8):
        store.run("killed", None, last_seen=0)
    for _ in range(50):
        store.run("killed", None, last_seen=1 << 60)
    store.run("fine", None, last_seen=0)
    for _ in range(9):
        store.run("fine")

    assert [("runs_abandoned", "killed", None, None, 8 / 9, 0.2, 9)] == check(store)
    assert [] == check(store, Thresholds(skills={"killed": {"runs_abandoned": None}}))
