"""The section `findings`: what stands out, and nothing that chance does."""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tachikoma_telemetry import reports
from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.reports import Filters, Installed, InstalledSkill, Thresholds
from tachikoma_telemetry.reports.engine import SqliteEngine
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.reports.forms.html import to_html

from .. import month
from ..reports_store import DAY, HOUR, NOW, ReportsStore

_OLD, _NEW = "0a" * 32, "1b" * 32


def history(
    seed: int,
    sessions: int,
    *,
    rates: tuple[float, float] = (0.6, 0.6),
    formats: tuple[float, float] = (0.7, 0.7),
    skill: str = "code-agent",
    path: Path | str = ":memory:",
) -> ReportsStore:
    """Sessions of a skill with two versions, and an edit in either format in each of them."""
    store, random = ReportsStore(path), Random(seed)
    for number in range(sessions):
        newer = number >= sessions // 2
        name, at = f"ses_{number:04d}", NOW - (sessions - number) * HOUR
        store.session(name, created=at)
        version = _NEW if newer else _OLD
        store.load(skill, session_id=name, started=at, skill_version=version, window_ms=9e3)
        good = random.random() < rates[newer]
        store.run(
            skill,
            "succeeded" if good else "failed",
            session_id=name,
            started=at + 5,
            run_ms=random.uniform(1000.0, 9000.0),
        )
        for format, rate in zip(("whole", "hashline"), formats, strict=True):
            store.edit((format, int(random.random() < rate)), session_id=name, time=at + 9)
    return store


def findings(store: ReportsStore, *options: object, **filters: Any) -> list[Any]:
    built = reports.build(
        store.connection, "findings", Filters(**filters), options=options, now_ms=NOW + DAY
    )
    return built.parts["findings"]


def test_a_version_that_helped_and_a_better_format_are_found() -> None:
    """Each with its numbers, and the command that shows them."""
    change, best = findings(history(1, 400, rates=(0.5, 0.9), formats=(0.5, 0.94)))

    assert ("good", "change", "code-agent", None) == (
        *(change.level, change.kind, change.skill, change.model),
    )
    assert change.text.startswith("code-agent got better with its version of ")
    assert "runs succeed more often (46 → 91 %, +23 to +66 points)" in change.text
    assert "200 runs in 200 sessions against 200 in 200" in change.evidence
    assert "tachikoma-telemetry report compare --skill code-agent" == change.command
    assert ("bad", "best format", "glm-4.7") == (best.level, best.kind, best.model)
    assert best.text.startswith("use hashline with glm-4.7: 9")
    assert " right at the first try, whole " in best.text
    assert "tachikoma-telemetry report edits --model glm-4.7" == best.command


def test_a_sound_store_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is copied where values can't be right, which takes twice as long, and no fleet can be."""
    monkeypatch.delattr(SqliteEngine, "cleaned")
    assert reports.build(history(1, 40).connection, now_ms=NOW).totals is not None


def test_a_version_that_harmed_is_found() -> None:
    """As something bad."""
    (change,) = findings(history(2, 400, rates=(0.9, 0.5)))

    assert ("bad", "change") == (change.level, change.kind)
    assert "got worse" in change.text


def test_skills_that_succeed_least_are_found() -> None:
    """Below 70 % beyond chance, the worst first; where limits are set, those are what counts."""
    store = history(8, 400, rates=(0.5, 0.5))
    for number in range(400):
        name = f"ses_{number:04d}"
        store.run("worse", "failed" if number % 5 < 3 else "succeeded", session_id=name)
        store.run("fine", "failed" if number % 10 == 0 else "succeeded", session_id=name)

    (least,) = findings(store)
    crossed = {row.kind for row in findings(store, Thresholds())}

    assert ("bad", "succeeds least", None) == (least.level, least.kind, least.skill)
    assert least.text.startswith("worse and code-agent succeed least: 40 % of 400, 4")
    assert "tachikoma-telemetry report skills" == least.command
    assert {"threshold"} == crossed


def test_chunks_that_are_too_large_are_found() -> None:
    """From which size on, and how much more often they fail."""
    store = history(9, 60)
    random = Random(9)
    for number in range(300):
        large = number % 3 == 0
        store.chunk(
            success=int(random.random() < (0.7 if large else 0.97)),
            size=120_000 if large else 30_000 + number,
            unit="chars",
            session_id=f"ses_{number // 5:04d}",
        )

    (row,) = findings(store)

    assert ("warning", "chunk size") == (row.level, row.kind)
    assert row.text.startswith("chunks of 100k chars and more fail ")
    assert "times as often as smaller ones" in row.text
    assert "100 and 200 chunks; 99.9 % over all comparisons; 95 %: 25–43, 1–6" == row.evidence
    assert "tachikoma-telemetry report rlm" == row.command


def test_a_format_that_is_behind_is_named_where_none_is_ahead_of_all() -> None:
    """What not to use is known sooner than what to use."""
    store = history(10, 300, formats=(0.9, 0.9))
    for number in range(300):
        name = f"ses_{number:04d}"
        store.edit(("apply_patch", int(number % 3 == 0)), session_id=name, time=NOW - HOUR)

    (row,) = findings(store)

    assert ("bad", "best format", "glm-4.7") == (row.level, row.kind, row.model)
    assert row.text.startswith(
        "avoid apply_patch with glm-4.7: 33 % of 300 right at the first try, "
    )
    assert re.search(r" \(\+5\d points, 95 %: \+[45]\d to \+7\d\)$", row.text)


def test_a_history_without_a_change_has_no_finding() -> None:
    """Chance makes differences in each of these; none passes at 0.1 %."""
    assert [] == [row for seed in range(25) for row in findings(history(seed, 60))]


def test_a_change_that_a_month_is_too_short_for_is_no_finding() -> None:
    """With 140 sessions the planted change of `month` shows at 5 %, and not at 0.1 %."""
    kinds = {row.kind for row in findings(month.store())}

    assert "change" not in kinds


def test_nothing_that_stands_out_is_an_answer() -> None:
    """With the number of sessions that were looked at."""
    store = history(3, 60)
    report = reports.build(store.connection, "findings", now_ms=NOW)

    assert "Nothing stands out in 60 sessions." in to_markdown(report)


def test_what_happened_is_found_whatever_chance_does() -> None:
    """Contradictions, runs without an end, errors, idle and silent skills, unjoined events."""
    store = history(4, 40)
    key = store.call(outcome="failed", exit_code=1, session_id="ses_0000")
    run = store.run("liar", last_call=key, session_id="ses_0000")
    store.event("skill_run_finished", call_key=key, run_id=run)
    for number in range(12):
        session = f"ses_{number:04d}"
        store.run("killed", None, last_seen=0, session_id=session)
        store.call("write", "failed", reason="file exists", session_id=session)
        store.event("iteration", "none" if number < 6 else "exact")
    store.load("silent", session_id="ses_0001")
    installed = [InstalledSkill(name, f"/s/{name}/SKILL.md", 40) for name in ("idle", "silent")]

    found = {row.kind: row for row in findings(store, Installed(installed))}

    assert "1 run of liar succeeded inside a call that failed" == found["contradiction"].text
    assert "12 runs of killed never finished" == found["never finished"].text
    assert "12 of 12 runs" == found["never finished"].evidence
    assert "write failed with “file exists” 12 times, in 12 of 40 sessions" == (
        found["recurring error"].text
    )
    assert "1 installed skill is not used: idle" == found["unused"].text
    assert "silent is used, but nothing of it is recorded" == found["not measured"].text
    assert "46 % of the recorded events belong to no call" == found["not joined"].text


def test_thresholds_count_where_they_are_set() -> None:
    """Without a file of thresholds there are none."""
    store = history(5, 60)

    (row,) = findings(store, Thresholds())

    assert ("bad", "threshold", "code-agent") == (row.level, row.kind, row.skill)
    assert row.text.startswith("success below the limit of 70 %: code-agent ")


def test_a_limit_that_many_cross_is_one_finding() -> None:
    """With the worst ones, so that other findings keep their place."""
    store = history(5, 60)
    for number in range(20):
        for place in range(10):
            store.run(f"bad-{number}", "failed" if place else "succeeded", session_id="ses_0001")

    (row,) = findings(store, Thresholds())

    assert row.skill is None
    worst = ", ".join(f"{skill} 10 % of 10" for skill in ("bad-0", "bad-1", "bad-10"))
    assert f"success below the limit of 70 %: {worst} and 18 more" == row.text
    assert "10, 10, 10 runs; 95 %: 2–40, 2–40, 2–40" == row.evidence
    assert "tachikoma-telemetry report check" == row.command


def test_a_command_that_exits_with_1_is_no_error_that_recurs() -> None:
    """A test run that fails is work that goes on."""
    store = history(4, 40)
    for number in range(40):
        store.call("bash", "failed", reason="exit 1", session_id=f"ses_{number:04d}")
    assert [] == findings(store)

    for number in range(20):
        store.call("bash", "failed", reason="exit 127", session_id=f"ses_{number:04d}")
    (row,) = findings(store)
    assert "bash failed with “exit 127” 20 times, in 20 of 40 sessions" == row.text


def _of_each_its_own_limit() -> Thresholds:
    limits = {f"bad-{number}": {"skill_success": 0.5 + number / 100} for number in range(20)}
    return Thresholds(skills=limits)


def test_there_are_at_most_seven() -> None:
    """And each kind has its place before any has two."""
    store = history(6, 60)
    for number in range(20):
        for _ in range(10):
            store.run(f"bad-{number}", "failed", session_id="ses_0001")
    store.run("killed", None, last_seen=0)
    store.run("killed", None, last_seen=0)
    store.run("killed", None, last_seen=0)

    kinds = [row.kind for row in findings(store, _of_each_its_own_limit())]

    assert 7 == len(kinds)
    assert "never finished" in kinds


@pytest.mark.slow
def test_every_form_has_them_first_and_the_terminal_last() -> None:
    """One definition for all."""
    report = reports.build(month.store().connection, now_ms=month.END, options=[Thresholds()])
    said = report.parts["findings"][0].text

    assert said.partition(": ")[2] in to_html(report)
    json = to_json(report).decode()
    assert json.index('"findings":') < json.index('"skills":')
    assert said in json
    markdown = to_markdown(report)
    assert markdown.index("### findings") < markdown.index("### skills")
    assert said in markdown
    drawn = _drawn(report, width=200)
    assert drawn.index("unused ───") < drawn.index("findings ───") < drawn.index(said)


def _drawn(report: reports.Report, *, width: int) -> str:
    screen = Console(file=io.StringIO(), width=width, color_system=None)
    for each in tables(report):
        screen.print(each)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("skill", ["code-agent", "--it's [red]\x1b[0m"])
def test_its_commands_run(tmp_path: Path, skill: str) -> None:
    """Whatever the skill is called, and with the filters of the report."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    store = history(1, 400, rates=(0.5, 0.9), skill=skill, path=folder / "unified.db").marked()
    rows = findings(store, Thresholds(), since=NOW - 399 * HOUR)
    store.connection.close()

    assert rows
    for row in rows:
        program, *arguments = shlex.split(row.command)
        assert "tachikoma-telemetry" == program
        assert "--since" in arguments
        if "\x1b" in skill:
            continue  # what is shown can't hold it
        told = CliRunner().invoke(app, [*arguments, "--no-merge", "--project", str(tmp_path)])
        assert told.exit_code in (0, 3), told.output


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "more"), [(14, True), (24, False)])
def test_the_overview_takes_one_screen_of_a_terminal(
    tmp_path: Path, lines: int, more: bool
) -> None:
    """With the prompt: how much, which sections, and as many findings as there is room for."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    limits = [f"[thresholds.skills.bad-{each}]\nsuccess = 0.{each + 20}" for each in range(20)]
    (folder / "config.toml").write_text("\n".join(limits), encoding="utf-8")
    store = history(1, 60, path=folder / "unified.db").marked()
    for number in range(200):
        store.run(f"bad-{number % 20}", "failed", session_id="ses_0008")
    store.connection.close()

    command = ["report", "--no-merge", "--lines", str(lines), "--project", str(tmp_path)]
    said = CliRunner().invoke(app, command).stdout.splitlines()

    assert len(said) < lines, "\n".join(said)
    assert any("Sections: skills 21, iterations 0, edits 120" in line for line in said)
    assert said[-1].endswith(" more: tachikoma-telemetry report findings") == more
    assert (7 == sum(line.startswith("✗") for line in said)) != more


@pytest.mark.slow
def test_only_a_terminal_gets_the_short_overview(tmp_path: Path) -> None:
    """`--all`, files and pipes have every section."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    history(1, 60, path=folder / "unified.db").marked().connection.close()
    command = [sys.executable, "-m", "tachikoma_telemetry", "report", "--no-merge", "--no-pager"]

    def lines(*more: str, terminal: bool) -> list[str]:
        ours, theirs = pty.openpty() if terminal else os.pipe()
        with subprocess.Popen([*command, *more], cwd=tmp_path, stdout=theirs) as process:
            os.close(theirs)
            with open(ours, "rb", closefd=False) as stream:
                said = b""
                try:
                    while piece := stream.read1(65536):
                        said += piece
                except OSError:
                    pass  # the other end of a terminal is closed
            assert 0 == process.wait(60)
        os.close(ours)
        return said.decode().splitlines()

    assert len(lines(terminal=True)) < 24
    assert "Nothing stands out in 60 sessions." in lines(terminal=True)[-1]
    assert len(lines("--all", terminal=True)) > 30
    assert len(lines(terminal=False)) > 30
