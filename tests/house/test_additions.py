"""Additions are small: each of these is one, made up here, and the package has no line of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.reports import sections
from tachikoma_telemetry.schemas import report_schema
from tests.reports_store import HOUR, NOW, ReportsStore

_FOLDER = Path(__file__).parent / "made_up"
_FIVE = NOW - NOW % (24 * HOUR) + 5 * HOUR


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder `made_up/hours` beside those of the package, and its line in the list."""
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(_FOLDER)])
    monkeypatch.setattr(sections, "_NAMES", (*sections._NAMES, "hours"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Three calls, two of them in the same hour."""
    store = ReportsStore(tmp_path / "unified.db").marked()
    store.session()
    for started in (_FIVE, _FIVE + 1, _FIVE + 2 * HOUR):
        store.call("bash", "completed", started=started)
    store.connection.close()
    return tmp_path / "unified.db"


def report(store: Path, *arguments: str) -> Result:
    """`report` with these arguments, in this process."""
    command = ["report", *arguments, "--no-merge", "--store", str(store)]
    return CliRunner().invoke(app, command, catch_exceptions=False)


@pytest.mark.usefixtures("hours")
def test_a_section_is_a_folder_and_a_line(store: Path) -> None:
    """Every form shows a new section, alone and in the overview, and the schema describes it."""
    written = json.loads(report(store, "hours", "--format", "json").stdout)
    Draft202012Validator(report_schema()).validate(written)
    assert written["hours"] == [{"hour": 5, "calls": 2}, {"hour": 7, "calls": 1}]

    csv = report(store, "hours", "--format", "csv").stdout
    assert csv.splitlines() == ["hour,calls", "5,2", "7,1"]
    for form in ("table", "md", "html"):
        for section in (["hours"], []):
            assert "2 calls began at 05 h." in report(store, *section, "--format", form).stdout


@pytest.mark.usefixtures("hours")
def test_a_section_says_when_it_has_no_rows(tmp_path: Path) -> None:
    """Its `empty` is what users read before there is something to show."""
    store = ReportsStore(tmp_path / "unified.db").marked()
    store.session()
    store.connection.close()
    assert "No call has begun yet." in report(tmp_path / "unified.db", "hours").stdout


def test_a_section_that_is_gone_leaves_nothing(store: Path) -> None:
    """Without its line the package does not know it."""
    assert report(store, "hours").exit_code == 2
