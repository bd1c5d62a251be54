"""Every heading of a table means something, and the help explains it."""

from __future__ import annotations

import pytest

from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.reports import SECTIONS, Comparison, Installed, InstalledSkill, build
from tachikoma_telemetry.reports.blocks import Sheet
from tachikoma_telemetry.reports.document import sections_of
from tachikoma_telemetry.reports.sections.check.thresholds import Thresholds

from .. import month
from ..command_line import run
from ..fleet.exports import export_as
from ..fleet.people import team
from ..full_store import full_store
from ..reports_store import NOW, ReportsStore

_OPTIONS = (
    Comparison("model", "glm-4.7", "gpt-5.2"),
    Installed([InstalledSkill("never", "/x/SKILL.md", 5)]),
    Thresholds({"skill_success": 0.99, "edit_success": 0.9, "minimum": 1.0}),
)


# Only where it differs from the change beside it.
_SOMETIMES = {"crude", "begun by"}


@pytest.fixture(scope="module")
def headings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By section, the headings of its tables on two histories, and on a team's; those that the data
    names aside.
    """
    found: dict[str, set[str]] = {name: set() for name in SECTIONS}
    with_more = full_store(60)
    with_more.add("legacy_metrics", source="x", kind="edit", name="glm-4.7", format="whole")
    # One skill after another.
    with_more.load("code-agent", session_id="s1", started=NOW - 1)
    with_more.load("verifier", session_id="s1", started=NOW)
    with_more.chunk(wave=1, tokens=5)
    a_month = month.store()
    for store, now in ((with_more, NOW), (a_month, month.END)):
        for name in SECTIONS:
            report = build(store.connection, name, options=_OPTIONS, now_ms=now)
            for block in sections_of(report).get(name, []):
                if isinstance(block, Sheet):
                    found[name] |= {each.title for each in block.columns if not each.mention}
    folder = tmp_path_factory.mktemp("fleet")
    team(folder, 2, (1, 3), (2, 3))
    export_as("idle", ReportsStore().connection, folder, installed=[("idle", None)])
    with fleet_engine(str(folder)) as (engine, _):
        for name in ("fleet", "compare"):
            for block in sections_of(build(engine, name, now_ms=NOW))[name]:
                if isinstance(block, Sheet):
                    found[name] |= {each.title for each in block.columns if not each.mention}
    return found


@pytest.mark.parametrize("name", SECTIONS)
def test_every_heading_is_explained(headings: dict[str, set[str]], name: str) -> None:
    """In the words of a reader: no null, and none of the units of the JSON document."""
    said = {each: SECTIONS[name].meaning(each) for each in headings[name] - {""}}

    assert [] == [each for each, meaning in said.items() if not meaning]
    assert [] == [each for each in said.values() if each and ("null" in each or ", ms" in each)]


@pytest.mark.parametrize("name", SECTIONS)
def test_nothing_is_explained_that_is_not_there(headings: dict[str, set[str]], name: str) -> None:
    """A heading that was renamed takes its meaning with it."""
    assert set() == set(SECTIONS[name].meanings()) - headings[name] - _SOMETIMES


def test_the_help_of_report_explains_each_section() -> None:
    """One by one, with what it answers."""
    text = " ".join(run("report", "--help").stdout.split())

    for name, section in SECTIONS.items():
        assert f"{name} {section.question}" in text


def test_the_help_of_a_section_explains_its_columns() -> None:
    """And the options that only it has; a skill of that name is no section."""
    text = " ".join(run("report", "tools", "--help").stdout.split())
    assert "Shows which tools are called" in text
    assert "timed out of the failed: timed out" in text
    assert "--outcome TEXT only those" in " ".join(run("report", "calls", "--help").stdout.split())
    assert "Columns:" not in run("report", "--skill", "tools", "--help").stdout


def test_an_unknown_heading_has_no_meaning() -> None:
    """Rather than a wrong one."""
    assert SECTIONS["tools"].meaning("no such") is None
