"""The report as an HTML file: what stands in it. How it behaves is in test_reports_html_browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.installed_as import install_command
from tachikoma_telemetry.reports import figures
from tachikoma_telemetry.reports.document import FILTERED
from tachikoma_telemetry.reports.forms.html import to_html
from tachikoma_telemetry.reports.forms.html.markup import ROWS_SHOWN
from tachikoma_telemetry.sample import unpack
from tachikoma_telemetry.visible import visible

from ..command_line import assert_refused, run, run_process
from ..full_store import full_store
from ..hostile_names import NAMES
from ..hostile_store import hostile_store
from ..html_page import ELEMENTS, HtmlPage
from ..reports_store import NOW, ReportsStore


def page_of(store: ReportsStore, section: str | None = None, **filters: Any) -> str:
    report = reports.build(store.connection, section, reports.Filters(**filters), now_ms=NOW)
    return to_html(report)


@pytest.fixture(scope="module")
def full() -> ReportsStore:
    return full_store(40)


@pytest.mark.parametrize("section", [None, *reports.SECTIONS])
def test_a_page_is_whole(full: ReportsStore, section: str | None) -> None:
    """Every element is closed, every id is there once, every link leads to one."""
    page = HtmlPage(page_of(full, section))

    assert set(page.elements) <= ELEMENTS
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert {each.removeprefix("#") for each in page.values("href")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


@pytest.mark.slow
@pytest.mark.parametrize("section", reports.SECTIONS)
def test_every_section_is_there(full: ReportsStore, section: str) -> None:
    """With its question, alone as well as in the overview; a new one needs nothing for that."""
    question = reports.SECTIONS[section].question.replace("'", "&#x27;")
    if section == "legacy":  # of which this store has none
        full = hostile_store("x")

    assert question[1:] in page_of(full, section)
    assert (question[1:] in page_of(full)) is reports.SECTIONS[section].in_overview


def test_an_empty_history_says_what_to_do() -> None:
    """How to begin, and for each section what would fill it. Without charts, without their code."""
    text = page_of(ReportsStore())

    assert "<code>tachikoma-telemetry init</code> installs the OpenCode plugin" in text
    assert "No chunk was recorded yet: <code>with run.rlm_chunk(…)</code> does it." in text
    assert len(text) < 50_000


def test_filters_and_coverage_stand_at_the_top(full: ReportsStore) -> None:
    """What the page is about, and how much is measured, in every section."""
    text = page_of(full, "edits", model="glm-4.7", skill="code-agent", since=NOW - 10**10)

    assert "<li>model glm-4.7</li>" in text
    assert "<li>skill code-agent</li>" in text
    assert f"<li>since {figures.moment(NOW - 10**10)}</li>" in text
    assert "of them joined to a call" in page_of(full, "edits")
    assert FILTERED in page_of(full, skill="nobody")


@pytest.mark.slow
def test_the_charting_code_is_there_once(full: ReportsStore) -> None:
    """However many charts there are."""
    text = page_of(full)

    assert 1 == text.count("window.vegaEmbed=")
    assert 15 == text.count("<figure>")
    assert len(text) < 1_500_000


@pytest.mark.slow
def test_nothing_is_named_that_could_be_fetched(full: ReportsStore) -> None:
    """The policy allows nothing but the page's own scripts and style, by their hashes."""
    page = HtmlPage(page_of(full))
    (policy,) = [each for each in page.values("content") if "default-src" in each]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.count("sha256-") == len(page.texts["style"] + page.texts["script"]) - 1
    for content in [*page.texts["style"], *page.texts["script"]]:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert digest in policy or content.startswith('{"config"')
    assert not {"src", "srcset", "style", "background", "action"} & {k for k, _ in page.attributes}


@pytest.mark.slow
@pytest.mark.parametrize("tried", NAMES)
def test_a_name_is_a_text(tried: str) -> None:
    """No name brings an element, an attribute or a script; it can be read as it is."""
    name = NAMES[tried]
    for section in (None, "calls", "legacy"):
        page = HtmlPage(page_of(hostile_store(name), section))

        assert set(page.elements) <= ELEMENTS
        assert not [key for key, _ in page.attributes if key.startswith("on")]
        assert all(link.startswith("#") for link in page.values("href"))
        assert len(page.texts["script"]) <= 3
        assert visible(name) in page.texts["th"] + page.texts["td"]


@pytest.mark.slow
@pytest.mark.parametrize("tried", NAMES)
def test_a_name_in_a_chart_is_a_text(tried: str) -> None:
    """The charts' JSON holds it as it is, and no "<" that could end the script."""
    text = page_of(hostile_store(NAMES[tried]))
    (told,) = re.findall(r'<script type="application/json" id="charts">(.*?)</script>', text)

    assert "<" not in told
    assert visible(NAMES[tried]) in set(_texts(json.loads(told)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def test_a_cell_sorts_by_its_number(full: ReportsStore) -> None:
    """Not by "1.2k" or "2 m 10 s"; a row of a group names its group again."""
    text = page_of(full, "edits")

    assert re.search(r'<td class="right" data-number="0\.\d+">\d+ % of \d+</td>', text)
    assert re.search(r'<th scope="row" class="strong again">glm-4.7</th>', text)


@pytest.mark.slow
def test_a_long_table_is_cut() -> None:
    """The first rows, and where the others are."""
    store = ReportsStore()
    for number in range(ROWS_SHOWN + 7):
        store.session(f"s{number}", created=NOW - number)
    text = page_of(store, "sessions")

    rows_of_chart_and_table = [ROWS_SHOWN + 1, ROWS_SHOWN + 1]
    assert sum(rows_of_chart_and_table) == HtmlPage(text).elements.count("tr")
    assert f"The first {ROWS_SHOWN} of {ROWS_SHOWN + 7} rows" in text


@pytest.mark.slow
def test_the_command_writes_a_file(project: Path, tmp_path: Path) -> None:
    """`report --format html --output FILE` says nothing and writes the page."""
    files = unpack(tmp_path)
    page = tmp_path / "report.html"
    result = run(
        "report", "edits", "--format", "html", "--output", page, "--quiet",
        "--db", files.database, "--metrics", files.journal, "--all-projects",
    )  # fmt: skip

    assert (0, "", "") == (result.returncode, result.stdout, result.stderr)
    assert page.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_the_commands_of_its_page_in_docs(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each does what docs/sharing.md says, and the files are there."""
    files = unpack(tmp_path)
    page = Path(__file__).parents[2] / "docs" / "sharing.md"
    (commands,) = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(tmp_path / "telemetry"))
    given: list[str | Path] = [
        "--quiet",
        "--all-projects",
        "--db",
        files.database,
        "--metrics",
        files.journal,
    ]

    for command in commands.splitlines():
        result = run(*command.split()[1:], *given)
        assert (0, "") == (result.returncode, result.stderr), command
    written = set(re.findall(r"--output (\S+)", commands))
    assert written <= {each.name for each in project.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_a_missing_extra_is_named(tmp_path: Path, project: Path, missing: str) -> None:
    """One line says what to install; nothing is written."""
    files = unpack(tmp_path)
    stand_in = f"raise ModuleNotFoundError('No module named {missing}', name='{missing}')"
    (tmp_path / f"{missing}.py").write_text(stand_in)
    page = tmp_path / "report.html"
    result = run_process(
        "report", "--format", "html", "-o", page, "--quiet", "--db", files.database,
        PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    assert_refused(result, install_command("html"))
    assert 1 == len(result.stderr.splitlines())
    assert not page.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_is_not_filled_with_html(project: Path) -> None:
    """Without --output on a terminal, it is asked for."""
    import pty
    import subprocess

    _, theirs = pty.openpty()
    result = subprocess.run(
        [sys.executable, "-m", "tachikoma_telemetry", "report", "--format", "html"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert 2 == result.returncode
    assert "--output" in result.stderr
