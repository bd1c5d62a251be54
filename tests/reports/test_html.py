"""The report as an HTML file: what is in it. How it behaves is in test_html_browser."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import figures
from tachikoma_telemetry.reports.document import FILTERED
from tachikoma_telemetry.reports.forms.html import to_html
from tachikoma_telemetry.reports.forms.html.markup import OVERVIEW_ROWS, ROWS_SHOWN
from tachikoma_telemetry.visible import visible

from .. import month
from ..full_store import full_store
from ..hostile_names import NAMES
from ..hostile_store import hostile_store
from ..html_page import ELEMENTS, HtmlPage
from ..reports_store import DAY, NOW, ReportsStore


def page_of(
    store: ReportsStore, section: str | None = None, *options: object, **filters: Any
) -> str:
    report = reports.build(
        store.connection, section, reports.Filters(**filters), options=options, now_ms=NOW,
        project="shop",
    )  # fmt: skip
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
    links = {each for each in page.values("href") if not each.startswith("data:image/svg+xml,")}
    assert {each.removeprefix("#") for each in links} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


@pytest.mark.slow
@pytest.mark.parametrize("section", [each for each in reports.SECTIONS if each != "fleet"])
def test_every_section_is_there(full: ReportsStore, section: str) -> None:
    """Alone as well as in the overview; a new one needs nothing for that. Of one machine, `fleet`
    has only a sentence.
    """
    if section == "legacy":  # of which this store has none
        full = hostile_store("x")

    assert f'id="{section}"' in page_of(full, section)
    assert (f'id="{section}"' in page_of(full)) is reports.SECTIONS[section].in_overview


def test_the_project_is_the_title(full: ReportsStore) -> None:
    """Of the page and of the browser's tab; a report of no known project has a title, too."""
    assert "<title>shop — skills report</title>" in page_of(full)
    assert "<h1>shop — edits</h1>" in page_of(full, "edits")
    unnamed = to_html(reports.build(full.connection, now_ms=NOW))
    assert "<title>Skills report</title>" in unnamed


def test_the_first_screen_concludes() -> None:
    """Four numbers, what stands out with the command behind it, each skill's success, and the
    formats: before all sections.
    """
    text = page_of(month.store(), None, reports.Thresholds())
    titles = ("Runs that succeed", "Skill cost", "Loops given up", "Edits right first time")
    order = [*titles, "What to look at first", "Success of each skill", "Which edit format"]

    places = [text.index(each) for each in [*order, 'id="skills"']]
    assert sorted(places) == places
    assert re.search(
        r'<li class="bad"><p><strong>success below the limit of 70 %</strong> verifier 61 %', text
    )
    assert "<code>report check --skill verifier</code>" in text
    assert re.search(r'class="sq[^"]* best"', text)
    assert "→ use hashline" in text


def test_the_numbers_of_the_first_screen_are_those_of_the_sections() -> None:
    """They are sums of rows that the JSON document has."""
    store = month.store()
    parts = reports.build(store.connection, now_ms=NOW).parts
    skills, edits = parts["skills"], parts["edits"]
    succeeded, ended = sum(r.succeeded for r in skills), sum(r.ended for r in skills)
    tiles = re.findall(r"<dd><strong>(.*?)</strong> <span>(.*?)</span>", page_of(store))

    assert (figures.share(succeeded / ended), f"{succeeded:,} of {ended:,}") == tiles[0]
    assert f"of {sum(row.edits for row in edits):,}" in tiles[3][1]


def test_small_multiples_are_the_worst_first() -> None:
    """By the lower end of the interval; a line marks a new version, and dots the user's limit."""
    text = page_of(month.store(), None, reports.Thresholds())
    cards = re.findall(r'<div class="card"><h3>(.*?)</h3>', text)

    assert ["verifier", "code-agent"] == cards
    assert 1 == len(re.findall(r'<line class="version"', text))
    assert ">1b1b</text>" in text
    assert 2 == len(re.findall(r'<line class="limit"', text))
    assert "dotted: your threshold, 70 %" in text
    assert "orange: a new version · dotted: 70 %" in page_of(month.store())
    off = reports.Thresholds({**reports.Thresholds().limits, "skill_success": None})
    assert 'class="limit"' not in page_of(month.store(), None, off)


def test_a_history_of_nothing_is_one_sentence() -> None:
    """It says what to do; there are no empty cards, and no links to them."""
    text = page_of(ReportsStore())

    assert "<code>tachikoma-telemetry init</code> installs the OpenCode plugin" in text
    assert 1 == text.count("<section")
    assert "<nav" not in text
    assert len(text) < 25_000


def test_sections_without_rows_share_one_card() -> None:
    """What would fill each of them is there, in a line."""
    store = ReportsStore()
    store.session()
    store.call()
    text = page_of(store)

    assert 1 == text.count("Nothing to show")
    assert "No chunk was recorded yet: <code>with run.rlm_chunk(…)</code> records it." in text
    assert '<a href="#rlm">' not in text
    assert 4 == text.count('class="card" id=')  # tools, sessions, nothing, what was measured


def test_the_page_of_a_session_is_its_timeline(full: ReportsStore) -> None:
    """What stands out in it and what happened, call by call; not how all skills do."""
    text = page_of(full, session="s3")
    title = "Fix the slug s3"

    assert text.index('id="findings"') < text.index('id="timeline"') < text.index('id="skills"')
    assert title in text[text.index('id="timeline"') :].split("<table")[0]
    assert "Success of each skill" not in text[: text.index('id="timeline"')]


def test_filters_and_coverage_are_there(full: ReportsStore) -> None:
    """What the page is about, and how much is measured, in every section."""
    text = page_of(full, "edits", model="glm-4.7", skill="code-agent", since=NOW - 10**10)

    assert "<li>model glm-4.7</li>" in text
    assert "<li>skill code-agent</li>" in text
    assert f"<li>since {figures.moment(NOW - 10**10)}</li>" in text
    assert "of them joined to a call" in page_of(full, "edits")
    assert FILTERED in page_of(full, skill="nobody")


@pytest.mark.slow
@pytest.mark.parametrize(("sessions", "most"), [(200, 250_000), (3000, 600_000)])
def test_a_page_is_light(sessions: int, most: int) -> None:
    """With everything that a history has: 250 KB for 200 sessions, 600 KB for 3,000."""
    assert len(page_of(full_store(sessions)).encode()) <= most


def test_charts_are_in_the_page_itself(full: ReportsStore) -> None:
    """As SVG with tooltips, without any script: all that one script does is sort and filter."""
    text = page_of(full)
    page = HtmlPage(text)

    assert 8 == page.elements.count("figure")
    assert page.elements.count("svg") > 50
    assert "<title>a-skill-with-a-rather-long-name-indeed: " in text
    assert 1 == page.elements.count("script")
    assert "svg" not in page.texts["script"][0]


def _compared() -> ReportsStore:
    store = month.store()
    for number in range(30):  # what fails beyond chance, and a skill's limit
        session = store.session(f"p{number}", created=NOW - DAY)
        store.call("lock", session_id=session, started=NOW - 9)
        store.call("push", "failed", session_id=session, started=NOW - 8, reason="exit 1")
        other = store.session(f"q{number}", created=NOW - DAY)
        store.call("push", session_id=other, started=NOW - 8)
    return store


@pytest.mark.parametrize(
    ("section", "title"),
    [
        ("compare", "What changed"),
        ("patterns", "What precedes a failure"),
        ("unused", "What unused skills cost"),
        ("check", "Beyond the limits"),
    ],
)
def test_conclusions_have_charts(section: str, title: str) -> None:
    """Each difference with its interval; failures; what is not used; what is beyond its limit."""
    idle = reports.InstalledSkill("idle", "/x/SKILL.md", 400)
    text = page_of(_compared(), section, reports.Installed([idle]), reports.Thresholds())
    page = HtmlPage(text)

    assert f"<strong>{title}</strong>" in text
    assert page.elements.count("figure") == 1
    assert page.elements.count("circle") + text.count('class="amount') >= 1


@pytest.mark.slow
def test_nothing_is_named_that_could_be_fetched(full: ReportsStore) -> None:
    """The policy allows nothing but the page's own script and style, by their hashes, and icon."""
    page = HtmlPage(page_of(full))
    (policy,) = [each for each in page.values("content") if "default-src" in each]

    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    assert "unsafe" not in policy
    assert policy.count("sha256-") == 2
    for content in [*page.texts["style"], *page.texts["script"]]:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert digest in policy
    assert not {"src", "srcset", "style", "background", "action"} & {k for k, _ in page.attributes}


@pytest.mark.slow
@pytest.mark.parametrize("tried", NAMES)
def test_a_name_is_a_text(tried: str) -> None:
    """No name brings an element, an attribute or a script; it can be read as it is, and in the
    tooltip of a chart.
    """
    name = NAMES[tried]
    for section in (None, "calls", "legacy"):
        page = HtmlPage(page_of(hostile_store(name), section))

        assert set(page.elements) <= ELEMENTS
        assert not [key for key, _ in page.attributes if key.startswith("on")]
        links = page.values("href")
        assert all(link.startswith(("#", "data:image/svg+xml,%3Csvg")) for link in links)
        assert 1 == len(page.texts["script"])
        assert visible(name) in page.texts["th"] + page.texts["td"]
        if section is None:
            assert any(visible(name) in each for each in page.texts["title"][1:])


def test_a_row_can_be_linked_to(full: ReportsStore) -> None:
    """By the name of what it is about."""
    assert '<tr id="skills-code-agent">' in page_of(full)
    assert '<tr id="edits-glm-4-7">' in page_of(full)


def test_a_heading_says_what_it_means(full: ReportsStore) -> None:
    """In its tooltip, in the words of `report SECTION --help`."""
    assert re.search(r'<button type="button" title="[^"]+">p95</button>', page_of(full, "tools"))


def test_a_cell_sorts_by_its_number(full: ReportsStore) -> None:
    """Not by "1.2k" or "2 m 10 s"; a row of a group names its group again."""
    text = page_of(full, "edits")

    assert re.search(r'<td data-n="0\.\d+">\d+ % of \d+</td>', text)
    assert re.search(r'<th scope="row" class="strong again">glm-4.7</th>', text)


def test_columns_that_do_not_fit_are_shown_on_demand() -> None:
    """Nine and those that never go are shown at first; all of them are in the page."""
    text = page_of(month.store(), "skills")
    (classes,) = re.findall(r'<table class="(sortable[^"]*)">', text)
    hidden = re.findall(r"\bx\d+", classes)
    (columns,) = re.findall(r"all (\d+) columns", text)

    assert int(columns) - 9 == len(hidden) > 5
    assert ">projects</button>" in text


@pytest.mark.slow
def test_a_long_table_is_cut() -> None:
    """The first rows, and where the others are."""
    store = ReportsStore()
    for number in range(ROWS_SHOWN + 7):
        store.session(f"s{number}", created=NOW - number)

    for section, shown in ((None, OVERVIEW_ROWS), ("sessions", ROWS_SHOWN)):
        text = page_of(store, section)
        assert shown == text.count('<tr id="sessions-')
        assert f"The first {shown} of {ROWS_SHOWN + 7} sessions" in text
    assert "<code>report sessions --html</code> has more" in page_of(store)
