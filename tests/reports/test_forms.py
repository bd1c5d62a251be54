"""Forms: a module and a line in the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.cli.report.output import write
from tachikoma_telemetry.reports import SECTIONS, forms
from tachikoma_telemetry.reports.document import blocks_of
from tachikoma_telemetry.reports.forms import FORMS, Form

from ..full_store import full_store
from ..reports_store import NOW, ReportsStore


def test_the_list_names_every_module() -> None:
    """A module that no line names is reachable by nothing."""
    folder = Path(str(forms.__file__)).parent
    modules = {path.stem for path in folder.glob("*") if path.name[:2] != "__"}

    assert modules == {form.module for form in FORMS.values()}
    assert {*FORMS} == {form.name for form in FORMS.values()}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_writes_a_file(name: str, tmp_path: Path) -> None:
    """Each by the same way."""
    store = ReportsStore()
    store.load("code-agent")
    report = reports.build(store.connection, "skills", now_ms=NOW)
    path = tmp_path / f"skills{FORMS[name].suffix}"

    write(report, FORMS[name], path)

    assert "code-agent" in path.read_text("utf-8")


@pytest.mark.parametrize("section", [None, *SECTIONS])
def test_a_table_needs_nothing_of_what_charts_show(section: str | None) -> None:
    """It is the same without those rows, which are not read for it; the overview reads less."""
    store = full_store(20).connection
    drawn, plain = (
        reports.build(
            store,
            section,
            options=[reports.Comparison("model", "glm-4.7", "gpt-5.2")],
            now_ms=NOW,
            charts=charts,
        )
        for charts in (True, False)
    )

    assert blocks_of(drawn) == blocks_of(plain)
    if section is None:
        left_out = {key for key, rows in drawn.parts.items() if rows and not plain.parts[key]}
        assert {"outside_windows", "chunk_sizes", "calibration"} <= left_out


def test_a_new_form_is_a_module_and_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line knows it by its entry alone."""
    module = "def to_words(report):\n    return ' '.join(report.parts)"
    (tmp_path / "as_words.py").write_text(module)
    monkeypatch.setattr(forms, "__path__", [*forms.__path__, str(tmp_path)])
    report = reports.build(ReportsStore().connection, "edits", now_ms=NOW)

    write(report, Form("words", "as_words", "to_words", ".txt"), tmp_path / "words.txt")

    assert "edits best_formats format_pairs" == (tmp_path / "words.txt").read_text()
