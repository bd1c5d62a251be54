"""What the README shows is true."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from docs import make_pictures
from tachikoma_telemetry import reports
from tachikoma_telemetry.project import journal_path, store_path
from tachikoma_telemetry.store.store import read_store

from ..cli.test_cli import _commands
from ..goldens import drawn
from ..merging import merge_project
from ..tachikoma_day import build_rows
from ..validators import validator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_records_what_it_says(project: Path) -> None:
    """The Python example runs as it stands, and its events are valid."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})

    journal = orjson.loads(journal_path(project).read_bytes())
    validator("journal").validate(journal)
    assert [
        "skill_run_started",
        "intent",
        "iteration",
        "retry",
        "edit_format",
        "edit_format",
        "rlm_chunk",
        "skill_run_finished",
        "label",
    ] == [event["type"] for event in journal["events"]]
    assert "escalated" == journal["events"][-2]["outcome"]


def test_a_history_without_a_line_shows_what_it_says(project: Path) -> None:
    """The table is that of the work day, without what its skills recorded."""
    (table,) = re.findall(r"```text\n(skill .*?)```", README, re.DOTALL)
    merge_project(project, build_rows(project / "opencode.db", project), journals=[])

    with closing(read_store(store_path(project))) as store:
        report = reports.build(store, "skills")
    assert table in drawn(report)
    assert 4 == sum(row.success_rate is not None for row in report.parts["skills"])


def test_its_commands_exist() -> None:
    """Every command that the README names is one."""
    named = set(re.findall(r"(?:^|`)tachikoma-telemetry ([a-z]+)", README, re.MULTILINE))

    assert named <= {name.split()[0] for name, _ in _commands()}


def test_its_make_targets_exist() -> None:
    """Every make target that the README names is one."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert set(re.findall(r"make ([a-z]+)", README)) <= set(targets)


def test_its_links_lead_somewhere() -> None:
    """Every file that the README points to is in the repository."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("section", make_pictures.SECTIONS)
def test_its_pictures_are_of_the_present_report(section: str) -> None:
    """The pictures are drawn from the report as it is now (`make pictures`)."""
    kept = (make_pictures.PICTURES / f"{section}.svg").read_text(encoding="utf-8")

    assert make_pictures.draw(section, f"tachikoma-telemetry report {section}") == kept


def test_nothing_is_fetched_by_a_picture() -> None:
    """A picture shows the same offline."""
    for picture in make_pictures.PICTURES.glob("*.svg"):
        hosts = set(re.findall(r"https?://([^/\"\s]+)", picture.read_text(encoding="utf-8")))
        assert hosts <= {"www.w3.org", "www.textualize.io"}, hosts
