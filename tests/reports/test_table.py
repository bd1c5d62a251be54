"""The report for people: the terminal, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import figures
from tachikoma_telemetry.reports.document import FILTERED, NO_HISTORY
from tachikoma_telemetry.reports.forms.as_csv import to_csv
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.visible import visible

from ..hostile_store import hostile_store
from ..reports_store import DAY, NOW, ReportsStore

HOSTILE = "\x1b[31m[bold red]=1+1|<script>\u202e`x`\r\n:smile:"


def drawn(report: reports.Report, width: int = 80, encoding: str = "utf-8", **console: Any) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    screen = Console(file=file, width=width, **console)
    for each in tables(report):
        screen.print(each)
    file.flush()
    return raw.getvalue().decode(encoding)


def build(store: ReportsStore, section: str | None = None, **filters: Any) -> reports.Report:
    installed = reports.Installed([reports.InstalledSkill(HOSTILE + "2", HOSTILE, 5)])
    options = [] if filters else [installed]
    chosen = reports.Filters(**filters)
    return reports.build(store.connection, section, chosen, options=options, now_ms=NOW)


# `fleet` has nothing to say of one machine: tests/fleet has its names.
_WITH_NAMES = [None, *(each for each in reports.SECTIONS if each != "fleet")]


@pytest.fixture(scope="module")
def hostile() -> ReportsStore:
    """A store in which every name tries something."""
    return hostile_store(HOSTILE)


@pytest.mark.parametrize("section", _WITH_NAMES)
@pytest.mark.parametrize("width", [80, 140])
def test_a_name_does_not_act_in_the_terminal(
    hostile: ReportsStore, section: str | None, width: int
) -> None:
    """Escapes, markup, line breaks and reversed text come out as text, and every line fits."""
    text = drawn(build(hostile, section), width)

    assert not {"\x1b", "\r", "\u202e"} & set(text)
    assert "\\x1b[31m" in text
    assert all(cell_len(line) <= width for line in text.split("\n"))


@pytest.mark.parametrize("section", [None, *reports.SECTIONS])
def test_a_terminal_without_unicode_gets_plain_text(
    hostile: ReportsStore, section: str | None
) -> None:
    """No bar and no dash that its encoding does not have; nothing fails."""
    assert drawn(build(hostile, section), encoding="ascii").isascii()


def test_a_wider_terminal_shows_more(hostile: ReportsStore) -> None:
    """Columns go when there is no room, and are there when there is."""
    report = build(hostile, "tools")

    assert "cancelled" not in drawn(report, 80)
    assert "cancelled" in drawn(report, 160)
    assert "━" in drawn(report, 160) or "········" in drawn(report, 160)


def test_a_column_in_which_nothing_is_known_goes_first() -> None:
    """Before a name is cut or a column of numbers goes; where there is room, it stays."""
    store = ReportsStore()
    for format in ("str_replace_fuzzy", "apply_patch"):
        store.edit((format, 1), model="claude-sonnet-4-20270101")
    report = build(store, "edits")

    assert "claude-sonnet-4-20270101  apply_patch" in drawn(report, 112)
    assert "wasted tok." not in drawn(report, 112)
    assert "wasted tok." in drawn(report, 160)


def test_a_column_of_zeros_goes_before_a_name_is_cut() -> None:
    """It says less than the name; a rate of 0 % is news, and stays."""
    store = ReportsStore()
    store.call("a_tool_with_a_long_name", "failed")
    report = build(store, "tools")

    assert "timed out" in drawn(report, 120)
    assert "timed out" not in drawn(report, 80)
    assert "a_tool_with_a_long_name      1   0 % of 1" in drawn(report, 80)


def test_the_costs_of_a_column_have_one_format() -> None:
    """In cents where one of them reaches a cent, else in parts of it."""
    store = ReportsStore()
    for number, cost in enumerate((1234.5, 0.061, 0.0004, 0.0)):
        store.session(f"s{number}", created=NOW - number)
        store.message(f"s{number}", cost=cost)
    shown = drawn(build(store, "sessions"), 160)

    assert ["$1,234.50", "$0.06", "<$0.01", "$0.00"] == re.findall(r"<?\$[\d,.]+", shown)


def test_colour_is_only_for_a_terminal(hostile: ReportsStore) -> None:
    """A pipe gets none; a terminal gets red for what failed."""
    report = build(hostile, "calls")

    assert "\x1b[" not in drawn(report)
    coloured = drawn(report, force_terminal=True, no_color=False, color_system="standard")
    assert "\x1b[31mfailed" in coloured


@pytest.mark.parametrize("section", reports.SECTIONS)
def test_an_empty_section_says_what_would_fill_it(section: str) -> None:
    """One sentence; without any history, how to begin; with filters, that nothing fits."""
    store = ReportsStore()
    assert NO_HISTORY in " ".join(drawn(bare(store, section)).split())
    assert FILTERED in drawn(build(store, section, skill="x"))
    store.event("skill_run_started")
    empty = reports.SECTIONS[section].empty.replace("{sessions}", "0 sessions")
    # That event is a row of the timeline.
    assert (empty in " ".join(drawn(bare(store, section)).split())) == (section != "timeline")


def bare(store: ReportsStore, section: str) -> reports.Report:
    return reports.build(store.connection, section, now_ms=NOW)


def test_the_overview_begins_with_the_whole_and_its_coverage(hostile: ReportsStore) -> None:
    """How much happened, how many events joined, and why the rest did not."""
    text = " ".join(drawn(build(hostile)).split())

    assert "calls 1, 0 % of 1 finished ones succeeded (95 %: 0–79)" in text
    assert "events 1, 0 of them joined to a call" in text
    assert "orphan 1 named a call that is not in the store (yet)" in text


def test_edits_lead_with_the_answer() -> None:
    """The best format of each model with its evidence, then the numbers."""
    store = ReportsStore()
    for number in range(72):
        name, success = ("hashline", number < 28) if number < 32 else ("whole", number < 50)
        store.edit((name, int(success)), session_id=f"s{number}")

    lines = drawn(build(store, "edits")).splitlines()

    best = "glm-4.7  hashline     hashline 88 % of 32 at the first try, ahead of whole 45 %"
    assert best == lines[2][: len(best)]
    text = "\n".join(lines)
    assert "88 % of 32" in text
    assert "72–95" in text


def test_loops_that_ran_out_are_told_when_there_are_any() -> None:
    """None is no sentence: whether a loop had a maximum is often not known."""
    store = ReportsStore()
    store.iteration(passed=1, number=1)
    assert "1 of 1 passed." in drawn(build(store, "iterations"))

    store.iteration(passed=0, number=3, maximum=3, run_id="r")
    told = " ".join(drawn(build(store, "iterations")).split())
    assert "1 of 2 passed; 1 loop gave up, as the last allowed iteration did not pass." in told


def test_formats_without_room_are_named() -> None:
    """A matrix that does not fit says what it leaves out."""
    store = ReportsStore()
    for place in range(8):
        store.edit((f"a_rather_long_format_{place}", 1))

    assert "no room for a_rather_long_format_" in drawn(build(store))


def test_csv_is_one_section_and_no_formula(hostile: ReportsStore) -> None:
    """A line a row, unknown empty; what a spreadsheet would calculate is text."""
    store = ReportsStore()
    for name in ("=1+1", "+1", "-1", "@x", " =1", "\t=1", "fine", "a,b"):
        store.call(name, started=None)

    table = list(csv.reader(io.StringIO(to_csv(build(store, "calls")))))

    names = [row[table[0].index("tool")] for row in table[1:]]
    assert ["'=1+1", "'+1", "'-1", "'@x", "' =1", "'\\t=1", "fine", "a,b"] == names
    assert {""} == {row[table[0].index("started")] for row in table[1:]}
    confusion = to_csv(build(hostile, "intents"), "confusion")
    assert "actual,predicted,count,asked" == confusion.splitlines()[0]
    assert "logic" not in to_csv(build(hostile, "iterations"))


def test_csv_of_everything_is_refused(hostile: ReportsStore) -> None:
    """A CSV holds one table: one sentence says how to choose it."""
    with pytest.raises(reports.FormError, match="one section"):
        to_csv(build(hostile))
    with pytest.raises(reports.FormError, match="no part 'x' in edits; there are edits, best"):
        to_csv(build(hostile, "edits"), "x")


@pytest.mark.parametrize("section", _WITH_NAMES)
def test_a_name_does_not_act_in_markdown(hostile: ReportsStore, section: str | None) -> None:
    """No tag, no code, no cell border and no line break comes from a name."""
    text = to_markdown(build(hostile, section))

    assert "<" not in text
    assert "\\x1b" in text.replace("\\\\", "\\")
    for line in text.splitlines():
        if line.startswith("|"):
            borders = line.replace("\\|", "").count("|")
            assert borders >= 3
    tables_in = [block for block in text.split("\n\n") if block.startswith("|")]
    for table in tables_in:
        assert 1 == len({line.replace("\\|", "").count("|") for line in table.splitlines()})


def test_code_in_our_own_sentences_is_code_in_markdown() -> None:
    """What to type when a section is empty, to be copied as it is."""
    store = ReportsStore()
    assert "`tachikoma-telemetry init` installs" in to_markdown(bare(store, "skills"))
    store.event("skill_run_started")
    assert "`with telemetry.skill_run(…)`" in to_markdown(bare(store, "skills"))
    assert "`--by model` models" in to_markdown(bare(store, "compare"))


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("–", figures.duration(None)), ("0 ms", figures.duration(0)),
        ("0.4 ms", figures.duration(0.4)), ("<0.1 ms", figures.duration(0.04)),
        ("2.3×", figures.factor(2.34)), ("<0.1×", figures.factor(0.04)),
        ("0.0", figures.mean(0.0)), ("<0.1", figures.mean(0.02)),
        ("12 ms", figures.duration(12)),
        ("999 ms", figures.duration(999.4)), ("1.0 s", figures.duration(999.6)),
        ("3.4 s", figures.duration(3400)), ("1 m 0 s", figures.duration(59_970)),
        ("2 m 10 s", figures.duration(130_000)), ("1 h 0 m", figures.duration(3_599_700)),
        ("3 h 5 m", figures.duration(11_100_000)), ("2 d 3 h", figures.duration(2.125 * DAY)),
        ("–", figures.amount(None)), ("812", figures.amount(812)),
        ("1.0k", figures.amount(999.7)), ("12.3k", figures.amount(12_300)),
        ("123k", figures.amount(123_400)), ("1.0M", figures.amount(999_990)),
        ("1.2M", figures.amount(1_230_000)), ("100k", figures.amount(99_970)),
        ("0 %", figures.share(0.0)), ("<1 %", figures.share(0.001)),
        (">99 %", figures.share(0.999)), ("100 %", figures.share(1.0)),
        ("88 % of 16", figures.share_of(14 / 16, 16)), ("$0.12", figures.money(0.123)),
        ("$0.03", figures.money(0.02641)), ("$1.00", figures.money(0.99996)),
        ("$9.99", figures.money(9.994)), ("$1,000", figures.money(999.6)),
        ("$0.0042", figures.money(0.0042)), ("<$0.0001", figures.money(1e-9)),
        ("$0.00", figures.money(0.0)), ("$1,234", figures.money(1234.4)),
        ("99999999999999999 ms", figures.moment(99999999999999999)),
    ],
)  # fmt: skip
def test_numbers_are_written_for_people(expected: str, written: str) -> None:
    """Short, with a unit, never 0 or 100 % when it is not quite that."""
    assert expected == written


def test_names_are_made_visible() -> None:
    """Letters of any language stay; what acts or hides is written out."""
    assert "漢字 é – 🙂" == visible("漢字 é – 🙂")
    assert "a\\x1b[0m\\n\\u202eb\\x9b\\u200b" == visible("a\x1b[0m\n\u202eb\x9b\u200b")
