"""The HTML report in a real browser: from the disk, alone, in every scheme and size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.forms.html import to_html
from tachikoma_telemetry.sample import unpack
from tachikoma_telemetry.visible import visible

from ..browser import browser, opened
from ..command_line import run
from ..full_store import full_store
from ..hostile_names import NAMES
from ..hostile_store import hostile_store
from ..reports_store import NOW, ReportsStore

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of an empty, a small and a large history; the small one is the recorded session."""
    folder = tmp_path_factory.mktemp("pages")
    pages = {name: folder / f"{name}.html" for name in ("empty", "small", "large")}
    files = unpack(folder)
    result = run(
        "report", "--format", "html", "-o", pages["small"], "--quiet", "--all-projects",
        "--db", files.database, "--metrics", files.journal, "--store", folder / "unified.db",
    )  # fmt: skip
    assert 0 == result.returncode, result.stderr
    for name, store in (("empty", ReportsStore()), ("large", full_store(700))):
        _write(pages[name], store)
    return pages


def _write(file: Path, store: ReportsStore, section: str | None = None) -> Path:
    file.write_text(to_html(reports.build(store.connection, section, now_ms=NOW)), "utf-8")
    return file


@pytest.mark.parametrize("history", ["empty", "small", "large"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_a_page_opens_alone(
    chrome: Browser, histories: dict[str, Path], history: str, scheme: str, width: int
) -> None:
    """Nothing is asked for, nothing is on the console, every chart has marks, all of it fits."""
    viewport = {"width": width, "height": 800}
    with opened(chrome, histories[history], color_scheme=scheme, viewport=viewport) as watched:
        marks = watched.ask(_MARKS)

        assert ([], []) == (watched.requests, watched.said)
        assert {"empty": 0, "small": 14, "large": 15}[history] == len(marks)
        assert all(each > 0 for each in marks.values()), marks
        assert width == watched.ask("document.documentElement.scrollWidth")


# What each drawing has inside its axes that is big enough to be seen, by the drawing's id.
_MARKS = """Object.fromEntries([...document.querySelectorAll('.drawing')].map(drawing => [
  drawing.id,
  [...drawing.querySelectorAll('.mark-rect, .mark-symbol, .mark-line')]
    .filter(group => !group.closest('.role-axis, .role-legend'))
    .flatMap(group => [...group.querySelectorAll('path')])
    .filter(path => { const box = path.getBoundingClientRect();
                      return box.width * box.height > 4; }).length]))"""


@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        (lambda page: page.replace("</main>", '<img src="x.png"></main>'), "said"),
        (lambda page: _lawless(page).replace("</main>", '<img src="x.png"></main>'), "requests"),
        (lambda page: _lawless(page).replace("drawAll();\n", "drawAll(); alert(1);\n"), "said"),
        (lambda page: page.replace("drawAll();\n", "drawAll( );\n"), "said"),
        (lambda page: re.sub(r'("data-\w+"): \[.*?\]', r"\1: []", page), "marks"),
        (lambda page: _lawless(page).replace("max-width: 78rem", "min-width: 90rem"), "width"),
    ],
    ids=["policy", "request", "dialog", "script", "no data", "too wide"],
)
def test_what_is_wrong_is_noticed(
    chrome: Browser,
    histories: dict[str, Path],
    tmp_path: Path,
    broken: Callable[[str], str],
    noticed: str,
) -> None:
    """The checks above fail where they should: each on a page that is wrong in one way."""
    whole = histories["small"].read_text("utf-8")
    page = tmp_path / "broken.html"
    page.write_text(broken(whole), "utf-8")
    assert whole != page.read_text("utf-8")
    with opened(chrome, page, settled=False) as watched:
        found = {
            "requests": watched.requests,
            "said": watched.said,
            "marks": 0 in watched.ask(_MARKS).values(),
            "width": watched.ask("document.documentElement.scrollWidth") > 1100,
        }

        assert found[noticed], found


def _lawless(page: str) -> str:
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)


@pytest.mark.parametrize("history", ["empty", "small", "large"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible(
    chrome: Browser, histories: dict[str, Path], history: str, scheme: str
) -> None:
    """axe finds nothing: names, roles, headings, contrast, what the keyboard reaches."""
    with opened(chrome, histories[history], color_scheme=scheme, bypass_csp=True) as watched:
        found = Axe().run(watched.page)

        assert 0 == found.violations_count, found.generate_report()


def test_a_chart_tells_its_numbers_in_words(chrome: Browser, histories: dict[str, Path]) -> None:
    """The drawing has a name, each mark a description, and the numbers are a table below it."""
    with opened(chrome, histories["small"]) as watched:
        page = watched.page
        assert "Edit formats × models." in watched.ask(
            "document.querySelector('#edits-1 [aria-roledescription=visualization]')"
            ".getAttribute('aria-label')"
        )
        marks = watched.ask(
            "[...document.querySelectorAll('#edits-1 [aria-roledescription=\"rect mark\"]')]"
            ".map(mark => mark.getAttribute('aria-label'))"
        )
        page.locator("#edits figure summary").click()
        rows = page.locator("#edits figure tbody tr")

        assert len(marks) == rows.count() > 0
        assert marks[0].startswith("model glm-4.7, format str_replace, succeeded 50 % of 2, 95 % ")
        assert "glm-4.7" in rows.first.inner_text()


def test_without_scripts_all_numbers_are_there(chrome: Browser, histories: dict[str, Path]) -> None:
    """The tables are in the page itself, and a sentence stands where charts would."""
    with opened(chrome, histories["small"], java_script_enabled=False) as watched:
        text = watched.page.locator("main").inner_text()

        assert "hashline" in text
        assert "Charts need JavaScript." in text


def _column(watched: Any, place: int) -> list[str]:
    cells = watched.page.locator(f"#sorted tbody tr > *:nth-child({place})")
    return [str(each) for each in cells.all_inner_texts()]


@pytest.fixture
def tools_page(tmp_path: Path) -> Path:
    """A table of tools whose texts sort otherwise than their numbers, and one that has none."""
    store = ReportsStore()
    store.session()
    for tool, calls, took in (("b", 1200, 65_000), ("C", 90, 900), ("a", 8, 3_600_000)):
        for _ in range(calls):
            store.call(tool, duration_ms=took)
    store.call("never", "cancelled")
    page = _write(tmp_path / "tools.html", store, "tools")
    # The table of the section; those of the charts come before it.
    before, found, after = page.read_text("utf-8").rpartition('<table class="sortable">')
    page.write_text(f'{before}{found[:-1]} id="sorted">{after}', "utf-8")
    return page


def test_a_table_is_sorted_by_its_headings(chrome: Browser, tools_page: Path) -> None:
    """By number, largest first; again: smallest first; what is unknown stays below."""
    with opened(chrome, tools_page) as watched:
        p50 = watched.page.locator("#sorted thead button", has_text="p50")
        heading = p50.locator("..")
        tool = watched.page.locator("#sorted thead button", has_text="tool")

        assert ["1,200", "90", "8", "1"] == _column(watched, 2)
        assert heading.get_attribute("aria-sort") is None
        p50.click()
        assert ["a", "b", "C", "never"] == _column(watched, 1)
        assert "descending" == heading.get_attribute("aria-sort")
        p50.click()
        assert ["C", "b", "a", "never"] == _column(watched, 1)
        assert "ascending" == heading.get_attribute("aria-sort")
        tool.click()
        assert ["a", "b", "C", "never"] == _column(watched, 1)
        assert heading.get_attribute("aria-sort") is None
        assert [] == watched.said


def test_the_keyboard_suffices(chrome: Browser, tools_page: Path) -> None:
    """Tab reaches the skip link, the boxes that scroll and the headings; Enter and Space sort."""
    with opened(chrome, tools_page) as watched:
        press = watched.page.keyboard.press
        reached = []
        for _ in range(40):
            press("Tab")
            reached.append(watched.ask("document.activeElement.textContent.trim().slice(0, 20)"))
            if reached[-1] == "p50":
                break

        assert "Skip to the report" == reached[0]
        press("Enter")
        assert ["a", "b", "C", "never"] == _column(watched, 1)
        press("Space")
        assert ["C", "b", "a", "never"] == _column(watched, 1)


def test_the_scheme_reaches_the_charts(chrome: Browser, histories: dict[str, Path]) -> None:
    """Dark is dark for the page and its charts, on the fly; paper is white."""
    name = "document.querySelector('#tools-1 .role-axis-label text:not([fill*=faint])')"
    label = f"getComputedStyle({name}).fill"
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(chrome, histories["small"], color_scheme="light") as watched:
        light = watched.ask(f"[{ground}, {label}]")
        watched.page.emulate_media(color_scheme="dark")
        dark = watched.ask(f"[{ground}, {label}]")
        watched.page.emulate_media(color_scheme="dark", media="print")

        assert ["rgb(247, 247, 245)", "rgb(29, 36, 48)"] == light
        assert ["rgb(18, 21, 26)", "rgb(231, 233, 237)"] == dark
        assert light == watched.ask(f"[{ground}, {label}]")


def test_a_phone_scrolls_tables_and_not_the_page(
    chrome: Browser, histories: dict[str, Path]
) -> None:
    """A wide table moves in its own box."""
    with opened(chrome, histories["large"], viewport=PHONE, has_touch=True) as watched:
        box = "document.querySelector('#skills > .scroll')"
        wide, seen = watched.ask(f"[{box}.scrollWidth, {box}.clientWidth]")

        assert wide > seen
        assert PHONE["width"] == watched.ask("document.documentElement.scrollWidth")
        watched.page.evaluate(f"{box}.scrollLeft = 100")
        assert [100, 0] == watched.ask(f"[{box}.scrollLeft, window.scrollX]")


@pytest.mark.parametrize("tried", NAMES)
def test_a_name_does_not_act(chrome: Browser, tmp_path: Path, tried: str) -> None:
    """In tables, charts and tooltips it is read and nothing else, even without the policy."""
    page_of_it = _write(tmp_path / "page.html", hostile_store(NAMES[tried]))
    with opened(chrome, page_of_it, bypass_csp=True) as watched:
        page = watched.page
        told = []
        for chart in ("skills-1", "edits-1", "intents-1", "tools-1", "sessions-1"):
            mark = f"#{chart} .mark-rect path, #{chart} .mark-symbol path"
            page.locator(mark).first.hover(force=True)
            told.append(page.locator("#vg-tooltip-element").inner_text())

        assert ([], []) == (watched.requests, watched.said)
        assert watched.ask("window.acted === undefined && !document.getElementById('acted')")
        assert 0 == page.locator("img, iframe, object, main script, main a, main b").count()
        shown = " ".join(visible(NAMES[tried]).split())
        assert all(shown in " ".join(text.split()) for text in told), told
