"""Every section on the fixture histories: its output is the one that was read and kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from difflib import unified_diff

import orjson
import pytest

from tachikoma_telemetry import reports

from ..goldens import FOLDER, GOLDENS, Golden, histories
from ..validators import validator


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, sqlite3.Connection]]:
    """The stores of the histories, made once."""
    with histories(tmp_path_factory.mktemp("histories")) as made:
        yield made


@pytest.mark.parametrize(
    ("golden", "form"),
    [
        pytest.param(
            golden,
            form,
            id=f"{golden.history}/{golden.name}.{form}",
            # What is cut in the narrowest and the widest is what is cut between them, too.
            marks=[pytest.mark.slow] if golden.name == "all-120" else [],
        )
        for golden in GOLDENS
        for form in golden.forms
    ],
)
def test_the_output_is_the_one_kept(
    stores: dict[str, sqlite3.Connection], golden: Golden, form: str
) -> None:
    """Line by line; a difference that is meant is taken over by `make goldens`."""
    written = golden.write(stores[golden.history], form)
    kept = golden.path(form).read_text(encoding="utf-8") if golden.path(form).exists() else ""

    if kept != written:
        name = golden.path(form).relative_to(FOLDER)
        difference = unified_diff(
            kept.splitlines(), written.splitlines(), f"kept {name}", "now", lineterm="", n=2
        )
        pytest.fail("\n".join([*difference, "", "If that is meant: make goldens"]), pytrace=False)
    if form == "json":
        validator("report").validate(orjson.loads(written))


def test_every_section_is_kept_and_nothing_else() -> None:
    """The overview and each section, as a table and as JSON; no file is left over."""
    for form in ("txt", "json"):
        kept = {golden.section for golden in GOLDENS if form in golden.forms}
        assert {None, *reports.SECTIONS} == kept
    files = {path for golden in GOLDENS for path in golden.files()}
    assert files == {path for path in FOLDER.glob("*/*") if path.is_file()}


@pytest.mark.parametrize("history", ["day", "recorded", "month"])
def test_a_run_has_the_iterations_and_retries_that_were_recorded(
    stores: dict[str, sqlite3.Connection], history: str
) -> None:
    """So that `iterations` and `compare` speak of the same ones; also where no merge made them."""
    counted = (
        stores[history]
        .execute(
            "SELECT iterations, retries, (SELECT count(*) FROM iteration_metrics i "
            "WHERE i.run_id = m.run_id AND i.kind = 'iteration'), (SELECT count(*) FROM "
            "iteration_metrics i WHERE i.run_id = m.run_id AND i.kind = 'retry') "
            "FROM skill_metrics m WHERE kind = 'run' AND source = 'event'"
        )
        .fetchall()
    )
    assert counted
    for iterations, retries, recorded, tried_again in counted:
        assert (recorded, tried_again) == (iterations, retries)
