"""Names never act: whatever a skill, a title, an error, a model or a path is called, in every form.

Each store here has one and the same name wherever a name can stand, and every section shows it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from rich.console import Console

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import Calendar, Comparison, Installed, InstalledSkill
from tachikoma_telemetry.reports.blocks import Sheet
from tachikoma_telemetry.reports.document import blocks_of
from tachikoma_telemetry.reports.forms.as_csv import to_csv
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.reports.forms.html import to_html
from tachikoma_telemetry.visible import visible

from ..html_page import ELEMENTS, HtmlPage
from ..reports_store import DAY, NOW, ReportsStore

_WIDTHS = (40, 60, 80, 160)
_HOSTILE = (
    "\x1b[31m[bold red]x[/]", "\x9b31m\x7f", "\u202eright\u2066left\u200b", "\u2028",
    "line\nbreak\r\n\n# h", "\u0301combining", "漢字" * 30, "x" * 200, "\U0001f469\u200d\U0001f680",
    "=1+1", "＠SUM(1)", "-2", " \t=cmd|' /C calc'!A0", 'a,b;"c', "%s %(x)s {0}", "{{7*7}}",
    "<script>alert(1)</script>", "</td><img src=x>", "&lt;&#64;x", "$a$", "a|b\\|c", "\\", "", " ",
    "`code` **bold** _em_ ~~no~~", "![x](http://y) [z](http://y)", "[link]: http://y", "~~~", "```",
    "- item", "+ item", "1. one", "2) two", "# title", "> quote", "===", "---", "    indented",
    "www.example.org @ada #12 :smile:", "me@example.org", "a`b@c.d xmpp:me@x.y", "a;=1+1;@b; -c",
)  # fmt: skip
_Check = Callable[[list[reports.Report]], None]
_names = st.sampled_from(_HOSTILE) | st.text(st.characters(codec="utf-8"), max_size=12)


def named(*names: str) -> ReportsStore:
    """A store in which every name is one of these."""
    store = ReportsStore()
    for place, name in enumerate(names):
        _fill(store, name, f"s{place}")
    return store


def _fill(store: ReportsStore, name: str, session: str) -> None:
    model = "p/" + name
    here: dict[str, Any] = {"session_id": session}
    store.session(session, title=name, directory=name)
    store.message(session, model=model, tokens_output=5, cost=0.01, error_type=name)
    for number in range(40):
        outcome = "failed" if number % 4 == 3 and number > 20 else "succeeded"
        store.call(
            name if number % 4 == 3 else "read" if number % 3 else "grep",
            outcome,
            reason=name,
            model=model,
            call_id=name,
            started=NOW - DAY + number,
            active_skill=name,
            **here,
        )
    for number, version in enumerate((name, "b")):
        store.load(name, started=NOW - 2 * DAY + number, skill_version=version, **here)
        for _ in range(6):
            run = store.run(
                name,
                "escalated" if number else "succeeded",
                run_ms=15_000.0,
                error_type=name,
                model=model if number else "other",
                **here,
            )
            store.edit((name, 1 - number), (name, 0), model=model if number else "other", **here)
    loop: dict[str, Any] = {"run_id": run, "number": 1, "maximum": 1, "passed": 0}
    store.iteration(name, skill=name, failed_criteria=[name], **loop, **here)
    store.retry(skill=name, reason=name, **here)
    work: dict[str, Any] = {"size": 5, "duration_ms": 5.0, "success": 0}
    store.chunk(skill=name, mode=name, unit=name, error_type=name, **work, **here)
    store.intent(name, actual="debug", correct=0, confidence=0.5, **here)
    store.intent("debug", actual=name, correct=0, confidence=0.9, **here)
    store.event(match="orphan", skill=name)
    store.add("legacy_metrics", source=session, kind="edit", name=name, format=name, uses=1)


def reports_of(*names: str) -> list[reports.Report]:
    """The overview and every section, and of those that can be asked for more, that too.

    `fleet` has nothing to say of one machine: tests/fleet has its names.
    """
    store = named(*names)
    installed = [InstalledSkill(f"{name}2", name, 5) for name in names]
    wanted: list[tuple[str | None, object]] = [
        *((each, Installed(installed)) for each in (None, *reports.SECTIONS) if each != "fleet"),
        ("trend", Calendar(of="edits")),
        *(("compare", Comparison("model", name, "other")) for name in names),
        *(("compare", Comparison("model", "other", name)) for name in names[:1]),
    ]
    made = []
    for section, options in wanted:
        try:
            made.append(reports.build(store.connection, section, options=[options], now_ms=NOW))
        except reports.ComparisonError:
            assert section == "compare"  # a model that is called like another, or like nothing
    return made


@pytest.fixture(scope="module")
def hostile() -> list[reports.Report]:
    """The reports on a store in which every name tries something."""
    return reports_of(*_HOSTILE)


def drawn(report: reports.Report, width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    screen = Console(file=file, width=width, force_terminal=True, color_system=None)
    for each in tables(report):
        screen.print(each)
    file.flush()
    return raw.getvalue().decode(encoding)


def acts(text: str) -> set[str]:
    """The characters of a text that do something instead of being seen."""
    return {each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")}


def check_in_the_terminal(made: list[reports.Report]) -> None:
    """Nothing acts, and no line is longer than the terminal is wide."""
    for report in made:
        for width in (12, *_WIDTHS):
            text = drawn(report, width)
            assert acts(text) <= {"\n"}
            assert [] == [line for line in text.split("\n") if cell_len(line) > width]


def check_in_a_terminal_without_unicode(made: list[reports.Report]) -> None:
    """Only its characters, at any width."""
    for report in made:
        for width in (12, *_WIDTHS):
            text = drawn(report, width, "latin-1")
            assert text.isascii()
            assert acts(text) <= {"\n"}
            assert [] == [line for line in text.split("\n") if cell_len(line) > width]


def check_in_markdown(made: list[reports.Report]) -> None:
    """A parser finds our headings, paragraphs and tables, the cells as they were, and no more."""
    allowed = {
        f"{kind}_{end}"
        for kind in ("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td")
        for end in ("open", "close")
    } | {"inline"}
    parser = MarkdownIt("gfm-like", {"linkify": False})
    for report in made:
        text = to_markdown(report)
        tokens = parser.parse(text)
        assert {token.type for token in tokens} <= allowed
        assert acts(text) <= {"\n"}
        inline = [token for token in tokens if token.type == "inline"]
        children = [child for token in inline for child in token.children or ()]
        # What parts a mail address, of which GitHub would make a link.
        assert {child.content for child in children if child.type == "code_inline"} <= {"@"}
        assert {child.type for child in children} <= {"text", "text_special", "code_inline"}
        texts = [child.content for child in children if child.type != "code_inline"]
        assert [] == [each for each in texts if re.search(r"[\w.+-]@\w", each)]
        assert shown_cells(report) == cells_in(tokens)


def shown_cells(report: reports.Report) -> list[list[str]]:
    """The rows of the report's sheets."""
    rows = []
    for block in blocks_of(report):
        if isinstance(block, Sheet):
            kept = [at for at, column in enumerate(block.columns) if not column.bar]
            rows.append([block.columns[at].title.strip() for at in kept])
            rows += [[row[at].text.strip() for at in kept] for row in block.rows]
    return rows


def cells_in(tokens: list[Token]) -> list[list[str]]:
    """The rows of the tables that a parser found."""
    rows: list[list[str]] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        if before.type in ("th_open", "td_open"):
            rows[-1].append("".join(each.content for each in token.children or ()))
    return rows


def check_in_csv(made: list[reports.Report]) -> None:
    """One line a row, in every part; no text begins like a formula."""
    for report in made:
        if report.section is None:
            continue
        for key, part in reports.SECTIONS[report.section].parts.items():
            text = to_csv(report, key)
            assert acts(text) <= {"\n"}
            assert len(report.parts[key]) + 1 == text.count("\n")
            head, *lines = csv.reader(io.StringIO(text))
            assert [field.name for field in fields(part.row)] == head
            for line in lines:
                assert len(head) == len(line)
                for cell in line:
                    begins = unicodedata.normalize("NFKC", cell.strip())[:1]
                    assert begins not in ("=", "+", "@")
                    assert begins != "-" or float(cell) < 0


def check_in_json(made: list[reports.Report]) -> None:
    """The document has the names as they are, and its text nothing that acts."""
    for report in made:
        text = to_json(report)
        assert acts(text.decode()) <= {"\n"}
        document = orjson.loads(text)
        for key, rows in report.parts.items():
            for row, found in zip(rows, document[key], strict=True):
                for field in fields(row):
                    if isinstance(value := getattr(row, field.name), str):
                        assert value == found[field.name]


def check_in_html(made: list[reports.Report]) -> None:
    """Only our elements, no attribute that acts, no link out."""
    for report in made:
        page = HtmlPage(to_html(report))
        assert set(page.elements) <= ELEMENTS
        links = page.values("href")
        assert all(link.startswith(("#", "data:image/svg+xml,%3Csvg")) for link in links)
        assert not [key for key, _ in page.attributes if key.startswith("on") or key == "src"]
        texts = [*page.texts.get("th", []), *page.texts.get("td", [])]
        assert not acts("".join(texts))
        assert {visible(each).strip() for each in _HOSTILE} <= set(texts) or report.section


_CHECKS = [
    check_in_the_terminal,
    check_in_a_terminal_without_unicode,
    check_in_markdown,
    check_in_csv,
    check_in_json,
]


@pytest.mark.slow
@pytest.mark.parametrize("check", [*_CHECKS, check_in_html])
def test_a_name_does_not_act(hostile: list[reports.Report], check: _Check) -> None:
    """Escapes, markup, links, formulas, line breaks, lists: each is a name, and shown as one."""
    check(hostile)


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(st.lists(_names, min_size=1, max_size=3, unique=True))
def test_no_name_acts(names: list[str]) -> None:
    """Any text."""
    made = reports_of(*names)
    for check in _CHECKS:
        check(made)


def test_every_section_shows_the_name() -> None:
    """What is tested above is there to be seen."""
    for report in reports_of("Tsch\x1büs"):
        assert "Tsch\\x1büs" in drawn(report, 160), report.section
        assert "Tsch" in to_markdown(report), report.section


def test_a_narrow_terminal_keeps_names_and_numbers() -> None:
    """Columns go, names are cut, sentences wrap; each row still says whose it is."""
    for report in reports_of("coder"):
        for width in _WIDTHS:
            assert "coder" in drawn(report, width), (report.section, width)


def test_a_formula_behind_a_semicolon() -> None:
    """Where a semicolon separates columns, what comes behind it is no formula, and is quoted."""
    store = named("a;=1+1; @x")
    report = reports.build(store.connection, "sessions", now_ms=NOW)
    written = to_csv(report)
    assert "\"a;'=1+1; '@x\"" in written
    assert ["a;'=1+1; '@x"] == [row["title"] for row in csv.DictReader(io.StringIO(written))]
