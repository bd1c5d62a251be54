"""Questions about many machines: which still report, who has which version, what no one uses."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tachikoma_telemetry import clock, reports
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.fleet.layout import manifest_path
from tachikoma_telemetry.reports import Report
from tachikoma_telemetry.reports.engine import SqliteEngine
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.sections.fleet.machine_state import machine_state

from ..goldens import drawn
from ..reports_store import DAY, HOUR, NOW, ReportsStore
from .exports import export_as
from .people import NEW, OLD, skill_store


def fleet(folder: Path, section: str = "fleet", now: int | None = None) -> Report:
    with fleet_engine(str(folder)) as (engine, _):
        return reports.build(engine, section, now_ms=now or clock.now_ms())


def exported_at(folder: Path, machine: str, *ends: int) -> None:
    """Say in the manifest of a machine when its exports ended."""
    path = folder / manifest_path(machine)
    content = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps({**content, "exported": ends[-1], "earlier": ends[:-1]}))


@pytest.mark.parametrize(
    ("state", "export", "activity", "gap"),
    [
        ("reporting", 2 * DAY, 2 * DAY, DAY),
        ("reporting", 2 * DAY, 3 * DAY, HOUR),
        ("stopped", 4 * DAY, 4 * DAY, DAY),
        ("reporting", 20 * DAY, 10 * DAY, 7 * DAY),
        ("stopped", 22 * DAY, 22 * DAY, 7 * DAY),
        ("reporting", 10 * DAY, 10 * DAY, None),
        ("stopped", 15 * DAY, 15 * DAY, None),
        ("idle", HOUR, 15 * DAY, DAY),
        ("idle", HOUR, None, None),
        ("clock ahead", -2 * HOUR, DAY, DAY),
        ("clock ahead", DAY, -2 * DAY, DAY),
    ],
)
def test_a_machine_has_stopped_when_it_is_silent_for_longer_than_it_usually_is(
    state: str, export: int, activity: int | None, gap: int | None
) -> None:
    seen = None if activity is None else NOW - activity
    assert state == machine_state(NOW, NOW - export, seen, gap)


def test_a_machine_that_stopped_is_named_here_and_among_the_findings(tmp_path: Path) -> None:
    now = clock.now_ms()
    for name, days in (("ada", 0), ("bob", 9)):
        made = ReportsStore()
        made.session(f"of {name}", created=now - DAY, updated=now - DAY)
        export_as(name, made.connection, tmp_path)
        exported_at(tmp_path, name, *(now - each * DAY for each in range(days + 6, days - 1, -1)))

    ada, bob = fleet(tmp_path).parts["fleet"]
    (finding,) = fleet(tmp_path, "findings").parts["findings"]

    assert [(ada.state, ada.usual_gap_ms), bob.state] == [("reporting", DAY), "stopped"]
    assert ("stopped reporting", "warning") == (finding.kind, finding.level)
    assert finding.text == "bob has stopped exporting"
    assert finding.command == f"tachikoma-telemetry report fleet --source {tmp_path}"


def test_a_name_does_not_act(tmp_path: Path) -> None:
    """A machine, a person and a skill may have any name in a folder that others write to."""
    name = "\x1b[31mred | <b>\n"
    made = ReportsStore()
    made.session()
    made.load(name, skill_version="1")
    export_as("ada", made.connection, tmp_path, installed=[(name + "2", None)])
    path = tmp_path / manifest_path("ada")
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "person": name}))

    report = fleet(tmp_path)

    for text in (drawn(report, 140), to_markdown(report)):
        assert not {"\x1b", "\r"} & set(text)
        assert text.replace("\\\\", "\\").count("\\x1b") >= 3
    assert "<b>" not in to_markdown(report)


def test_each_export_remembers_when_the_ones_before_it_ended(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    for _ in range(4):
        export_as("ada", made.connection, tmp_path)

    (row,) = fleet(tmp_path).parts["fleet"]

    assert row.usual_gap_ms is not None
    assert 0 <= row.usual_gap_ms < HOUR


def test_a_version_says_who_has_it(tmp_path: Path) -> None:
    for name, versions in (("ada", {OLD: (4, 10), NEW: (9, 10)}), ("bob", {OLD: (5, 10)})):
        export_as(name, skill_store(name, versions).connection, tmp_path)

    new, old = fleet(tmp_path).parts["fleet_skills"]

    assert (new.version, new.who, new.people, new.loads, new.runs) == (NEW, ["ada"], 1, 10, 10)
    assert (old.version, old.who, old.people, old.success_rate) == (OLD, ["bob"], 2, 0.45)


def test_a_skill_that_is_installed_and_used_nowhere_is_named(tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        made = ReportsStore()
        made.session(name)
        if name == "ada":
            made.load("used-once", session_id=name)
        installed = [("idle", None), ("used-once", None), ("by-id", "used-once")]
        export_as(name, made.connection, tmp_path, installed=installed)

    (row,) = fleet(tmp_path).parts["fleet_unused"]

    assert (row.skill, row.machines, row.people) == ("idle", 2, 2)


def test_a_manifest_of_an_earlier_version_says_nothing_of_it(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    export_as("ada", made.connection, tmp_path)
    path = tmp_path / manifest_path("ada")
    content = orjson.loads(path.read_bytes())
    del content["installed"], content["earlier"]
    path.write_bytes(orjson.dumps(content))

    report = fleet(tmp_path)

    assert [row.usual_gap_ms for row in report.parts["fleet"]] == [None]
    assert report.parts["fleet_unused"] == []


def test_on_one_machine_the_section_says_in_a_sentence_what_it_is_for() -> None:
    made = ReportsStore()
    made.session()

    report = reports.build(SqliteEngine(made.connection), "fleet", now_ms=NOW)

    assert not any(report.parts.values())
    assert "This is the store of one machine." in to_markdown(report)
    assert "fleet" not in to_markdown(reports.build(made.connection, now_ms=NOW))
