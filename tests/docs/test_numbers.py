"""docs/reports says what every number is."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from docs import make_numbers
from tachikoma_telemetry.reports import SECTIONS
from tachikoma_telemetry.schemas import report_schema

PAGES = {
    page.stem: page.read_text(encoding="utf-8") for page in sorted(make_numbers.PAGES.glob("*.md"))
}


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_those_of_the_row_models(page: str) -> None:
    """Every table says what the row models say now (`make pages`)."""
    assert make_numbers.up_to_date(PAGES[page]) == PAGES[page]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_its_page(section: str) -> None:
    """It begins with the section's name and holds the tables of its rows."""
    page = PAGES[section]

    assert page.startswith(f"# {section}\n")
    assert [*SECTIONS[section].parts] == re.findall(r"<!-- rows: (\w+) -->", page)


def test_every_key_of_the_document_has_its_table() -> None:
    """No key of the JSON document is left out, and none is there twice."""
    plain = {"schema", "generated_at"}

    tables = re.findall(r"<!-- rows: (\w+) -->", "".join(PAGES.values()))
    assert sorted(set(report_schema()["properties"]) - plain) == sorted(tables)
    for key in plain:
        assert f"`{key}`" in PAGES["index"]


@pytest.mark.parametrize("key", make_numbers.MODELS)
def test_every_column_says_when_it_is_null(key: str) -> None:
    """A column that can be null says when, and one that cannot does not speak of it."""
    model: type[Any] = make_numbers.MODELS[key]
    for name, kind, meaning in make_numbers.columns(model):
        nullable = type(None) in get_args(kind)
        assert nullable == ("null" in meaning.text), name


@pytest.mark.parametrize("key", make_numbers.MODELS)
def test_every_duration_and_time_says_its_unit(key: str) -> None:
    """A column whose name ends in _ms says ms, as every time does."""
    for name, _, meaning in make_numbers.columns(make_numbers.MODELS[key]):
        if re.search(r"_ms$|^(started|ended|since|until)$|_(used|seen|activity)$", name):
            assert re.search(r"\bms\b", meaning.text), name
