"""The HTML report in a real browser: from the disk, alone, in every scheme and size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

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

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
        assert (history == "empty") is (marks == [])
        assert all(each > 0 for each in marks), marks
        assert width == watched.ask("document.documentElement.scrollWidth")


# How much of each chart is big enough to be seen.
_MARKS = """[...document.querySelectorAll('figure, .cards .card, table.grid')].map(chart =>
  [...chart.querySelectorAll('circle, rect, polyline, td.sq')].filter(mark => {
    const box = mark.getBoundingClientRect();
    return box.width * box.height > 4; }).length)"""


@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        (lambda page: page.replace("</main>", '<img src="x.png"></main>'), "said"),
        (lambda page: _lawless(page).replace("</main>", '<img src="x.png"></main>'), "requests"),
        (lambda page: _lawless(page).replace("})();\n", "alert(1); })();\n"), "said"),
        (lambda page: page.replace("})();\n", "} )();\n"), "said"),
        (lambda page: page.replace("<circle", "<g").replace("<rect", "<g"), "marks"),
        (lambda page: _lawless(page).replace("max-width: 81rem", "min-width: 90rem"), "width"),
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
    with opened(chrome, page) as watched:
        found = {
            "requests": watched.requests,
            "said": watched.said,
            "marks": 0 in watched.ask(_MARKS),
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
    from axe_playwright_python.sync_playwright import Axe

    with opened(chrome, histories[history], color_scheme=scheme, bypass_csp=True) as watched:
        found = Axe().run(watched.page)

        assert 0 == found.violations_count, found.generate_report()


def test_without_scripts_all_of_it_is_there(chrome: Browser, histories: dict[str, Path]) -> None:
    """Charts and tables are in the page itself, and so is the switch for all columns."""
    with opened(chrome, histories["small"], java_script_enabled=False) as watched:
        main = watched.page.locator("main")

        assert "hashline" in main.inner_text()
        assert main.locator(".plot rect").first.bounding_box()
        assert 0 == main.locator("#skills th:visible", has_text="retries").count()
        main.locator("#skills .all input").check()
        assert 1 == main.locator("#skills th:visible", has_text="retries").count()


def test_a_mark_has_its_numbers_as_a_tooltip(chrome: Browser, histories: dict[str, Path]) -> None:
    """A period of a skill, a bin of durations, a session: each by a title element."""
    with opened(chrome, histories["large"]) as watched:
        titles = watched.ask("[...document.querySelectorAll('svg title')].map(e => e.textContent)")

        assert any(re.match(r"2026-\S+: \d+ % of \d+ \(95 %: ", each) for each in titles)
        assert any(re.match(r"\d+ ms – \d+ ms: \d+ % of ", each) for each in titles)
        assert any(re.match(r"Fix the slug s\d+: \$0", each) for each in titles)


def test_a_large_history_fits_on_eight_sheets(chrome: Browser, histories: dict[str, Path]) -> None:
    """Without what only a screen can use; of long tables the first rows."""
    with opened(chrome, histories["large"], color_scheme="dark") as watched:
        paper = watched.page.pdf(
            format="A4", margin={"top": "12mm", "right": "12mm", "bottom": "12mm", "left": "12mm"}
        )

        assert 2 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 8


def test_the_contents_stay_in_sight(chrome: Browser, histories: dict[str, Path]) -> None:
    """They stick to the top, and a link to a section ends below them."""
    with opened(chrome, histories["large"], reduced_motion="reduce") as watched:
        watched.page.locator("nav a", has_text="Models").click()
        nav = "document.querySelector('nav').getBoundingClientRect()"
        heading = "document.querySelector('#models-title').getBoundingClientRect()"

        assert 0 == watched.ask(f"{nav}.top")
        assert watched.ask(f"{nav}.bottom <= {heading}.top && {heading}.top < 300")


def test_a_long_table_is_filtered(chrome: Browser, histories: dict[str, Path]) -> None:
    """By words anywhere in a row; how many are left is said. A short one has no filter."""
    with opened(chrome, histories["large"]) as watched:
        box = watched.page.locator("#sessions .table")
        box.get_by_role("searchbox").fill("slug S69")
        rows = box.locator("tbody tr:visible").all_inner_texts()

        assert all("slug s69" in each.lower() for each in rows)
        assert f"{len(rows)} of 100" == box.get_by_role("status").inner_text().strip()
        assert 0 == watched.page.locator("#models").get_by_role("searchbox").count()


def test_the_keyboard_reaches_the_link_of_every_row(
    chrome: Browser, histories: dict[str, Path]
) -> None:
    """Tab comes to that of the first row, arrows go on; the pointer does not take it away."""
    with opened(chrome, histories["large"]) as watched:
        rows = [
            each.get_attribute("id")
            for each in watched.page.locator("#skills .table tbody tr").all()
        ]
        watched.page.locator("#skills .table .scroll").focus()
        heads = watched.page.locator("#skills thead button:visible").count()
        for _ in range(heads + 1):
            watched.page.keyboard.press("Tab")
        here = "document.activeElement.closest('tr')?.id"
        first = watched.ask(here)
        watched.page.keyboard.press("ArrowUp")
        watched.page.keyboard.press("ArrowDown")
        watched.page.locator("#models tbody tr").first.hover()

        assert (rows[0], rows[1]) == (first, watched.ask(here))
        watched.page.keyboard.press("Enter")
        assert watched.page.url.endswith(f"#{rows[1]}")


def test_a_row_shows_its_link(chrome: Browser, histories: dict[str, Path]) -> None:
    """Where the pointer is; following it marks the row."""
    with opened(chrome, histories["large"]) as watched:
        row = watched.page.locator("#skills-code-agent")
        color = "row => getComputedStyle(row.cells[1]).backgroundColor"
        before = row.evaluate(color)
        row.hover()
        row.get_by_role("link").click()
        watched.page.mouse.move(0, 0)

        assert watched.page.url.endswith("#skills-code-agent")
        assert before != row.evaluate(color)


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
    before, _, after = page.read_text("utf-8").rpartition('<table class="sortable')
    page.write_text(f'{before}<table id="sorted" class="sortable{after}', "utf-8")
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
    dot = "getComputedStyle(document.querySelector('#tools .plot rect')).fill"
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(chrome, histories["small"], color_scheme="light") as watched:
        light = watched.ask(f"[{ground}, {dot}]")
        watched.page.emulate_media(color_scheme="dark")
        dark = watched.ask(f"[{ground}, {dot}]")
        watched.page.emulate_media(color_scheme="dark", media="print")

        assert ["rgb(247, 247, 245)", "rgb(43, 95, 179)"] == light
        assert ["rgb(18, 21, 26)", "rgb(130, 177, 247)"] == dark
        assert light == watched.ask(f"[{ground}, {dot}]")


def test_a_phone_scrolls_tables_and_not_the_page(
    chrome: Browser, histories: dict[str, Path]
) -> None:
    """A wide table moves in its own box."""
    with opened(chrome, histories["large"], viewport=PHONE, has_touch=True) as watched:
        box = "document.querySelector('#skills > .table > .scroll')"
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
        marks = page.locator("svg circle, svg .hit")
        for place in range(min(5, marks.count())):
            marks.nth(place).hover(force=True)

        assert ([], []) == (watched.requests, watched.said)
        assert watched.ask("window.acted === undefined && !document.getElementById('acted')")
        assert 0 == page.locator("img, iframe, object, main script, main b").count()
        shown = " ".join(visible(NAMES[tried]).split())
        titles = watched.ask("[...document.querySelectorAll('svg title')].map(e => e.textContent)")
        assert any(shown in " ".join(text.split()) for text in titles)
