"""What the README shows is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import orjson
import pytest

from docs import make_pictures, make_readme
from tachikoma_telemetry.project import journal_path

from ..cli.test_cli import _commands
from ..validators import validator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_extra_that_a_page_names_exists() -> None:
    """One that is gone would be asked of an installer for nothing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pages = [README, *(each.read_text(encoding="utf-8") for each in (ROOT / "docs").rglob("*.md"))]
    named = {each for page in pages for each in re.findall(r"extra `(\w+)`", page)}

    assert named
    assert named <= {*project["optional-dependencies"]}


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


def test_a_history_without_a_line_shows_what_it_says() -> None:
    """The table is that of the work day, without what its skills recorded (`make pages`)."""
    assert make_readme.up_to_date(README) == README
    rows = make_readme.report().parts["skills"]
    assert (4, 7) == (sum(row.success_rate is not None for row in rows), len(rows))


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


def test_the_picture_of_the_page_is_small() -> None:
    """Its pixels depend on the fonts of the machine, so it is looked at, and not compared."""
    picture = make_pictures.PAGE.read_bytes()

    assert picture.startswith(b"\xff\xd8\xff")
    assert len(picture) <= make_pictures.PAGE_MOST_BYTES


def test_the_page_of_the_picture_has_what_the_text_says(tmp_path: Path) -> None:
    """Key figures, what to look at first, the success of each skill."""
    make_pictures.write_page(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")

    assert "code-agent got better with its version of 15 Nov 2026" in page
    assert "What to look at first" in page


def test_nothing_is_fetched_by_a_picture() -> None:
    """A picture shows the same offline."""
    for picture in make_pictures.PICTURES.glob("*.svg"):
        hosts = set(re.findall(r"https?://([^/\"\s]+)", picture.read_text(encoding="utf-8")))
        assert hosts <= {"www.w3.org", "www.textualize.io"}, hosts
