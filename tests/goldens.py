"""Golden outputs: what every section shows of the fixture histories, kept in ``tests/golden/``.

    golden/<history>/<name>.txt    the terminal, 80 columns of plain text
    golden/<history>/all-<N>.txt   every section in N columns
    golden/<history>/<name>.json   the same report as JSON; likewise .md and .csv
    golden/<history>/<name>.html   the page without its style and its script

The histories are a work day (`tachikoma_day`), a real OpenCode's recorded database with its journal
(`opencode.recordings`) and a month of runs in which a skill got better (`month`). Times are in UTC,
now is fixed, ids are those of the fixtures. ``make goldens`` writes all of them anew; read the
diff before it is committed.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tachikoma_telemetry import reports
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import journal_path, store_path
from tachikoma_telemetry.reports import Calendar, Comparison, Filters, Installed, InstalledSkill
from tachikoma_telemetry.reports.forms.as_csv import to_csv
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.reports.forms.as_markdown import to_markdown
from tachikoma_telemetry.reports.forms.as_table import tables
from tachikoma_telemetry.reports.forms.html import to_html
from tachikoma_telemetry.reports.sections.check.thresholds import Thresholds
from tachikoma_telemetry.reports.table_view import TableView

from . import month
from .joining import merge_history
from .scripted import recordings
from .tachikoma_day import build_rows, record_events

FOLDER = Path(__file__).parent / "golden"
RECORDED = "1.14.41"
_WIDTH = 80
_WIDTHS = (60, 120, 200)
_ROWS = 12  # of each table: long enough to see how it is set
# A day after each history's last moment: what ran then is abandoned now.
_NOW = {"day": 1_771_502_568_000, "recorded": 1_795_496_670_000, "month": month.END + 86_400_000}
_TOTALS = {
    "skills": {"code-agent": {"invocations": 3, "success_count": 2, "total_tokens": 900}},
    "edits": {"glm-4.7": {"format_success": {"hashline": {"attempts": 4, "successes": 2}}}},
    "rlm": {"total_chunks": 10, "parallel_runs": 1},
    "intents": {"debug": {"count": 4, "correct_count": 2, "total_confidence": 3.0}},
    "created_at": "2026-01-05T10:00:00",
    "last_updated": "2026-02-05T10:00:00",
}
_INSTALLED = [
    InstalledSkill("code-agent", "/home/ada/tachikoma/.opencode/skill/code-agent/SKILL.md", 210),
    InstalledSkill("code-review", "/home/ada/tachikoma/.opencode/skill/code-review/SKILL.md", 90),
    InstalledSkill("rlm", "/home/ada/.config/opencode/skill/rlm/SKILL.md", 133),
    InstalledSkill("translate", "/home/ada/.config/opencode/skill/translate/SKILL.md", None),
]
_LONG = re.compile(r"\d+\.\d{6,}(e-?\d+)?")
_CODE = re.compile(r"<(style|script)\b.*?</\1>\n?|<meta http-equiv.*?>\n", re.DOTALL)
_FEW = Thresholds({"skill_success": 0.7, "edit_success": 0.8, "minimum": 3.0})

_built: dict[tuple[sqlite3.Connection, str | None, Filters, int], reports.Report] = {}


@dataclass(frozen=True)
class Golden:
    """One report that is kept, in some forms."""

    history: str
    name: str
    section: str | None = None
    forms: tuple[str, ...] = ("txt",)
    options: tuple[object, ...] = ()
    filters: Filters = field(default_factory=Filters)
    width: int = _WIDTH
    every_section: bool = False

    def path(self, form: str) -> Path:
        """Where it is kept."""
        return FOLDER / self.history / f"{self.name}.{form}"

    def files(self) -> list[Path]:
        """Every file that keeps it."""
        return [self.path(form) for form in self.forms]

    def write(self, store: sqlite3.Connection, form: str) -> str:
        """What the report is now."""
        if self.every_section:
            every = (self._build(store, each) for each in (None, *reports.SECTIONS))
            return "\n".join(drawn(each, self.width, TableView(rows=_ROWS)) for each in every)
        report = self._build(store, self.section)
        if form == "txt":
            return drawn(report, self.width)
        if form == "md":
            return to_markdown(report)
        if form == "html":
            return _LONG.sub(_short, _CODE.sub("", to_html(report)))
        return _LONG.sub(_short, to_json(report).decode() if form == "json" else to_csv(report))

    def _build(self, store: sqlite3.Connection, section: str | None) -> reports.Report:
        # Once for all its forms and widths, which share their options.
        asked = (store, section, self.filters, id(self.options))
        if asked not in _built:
            _built[asked] = reports.build(
                store,
                section,
                self.filters,
                options=self.options,
                utc=True,
                now_ms=_NOW[self.history],
                project="tachikoma",
            )
        return _built[asked]


def _short(number: re.Match[str]) -> str:
    """Newer SQLites add floats up more exactly: the last digits are not the report's to promise."""
    return f"{float(number[0]):.10g}"


def drawn(report: reports.Report, width: int = _WIDTH, view: TableView | None = None) -> str:
    """A report as a terminal of so many columns without colours shows it."""
    screen = Console(file=io.StringIO(), width=width, highlight=False, color_system=None)
    for each in tables(report, view):
        screen.print(each)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


_ELSEWHERE = ("findings", "compare", "check", "unused", "timeline")
_SECTIONS = tuple(each for each in reports.SECTIONS if each not in _ELSEWHERE)
_IN_CSV = frozenset(("skills", "iterations", "edits", "tools"))
_IN_MARKDOWN = frozenset(("skills", "edits", "intents", "trend"))


def _forms(section: str) -> tuple[str, ...]:
    forms: tuple[str, ...] = ("txt", "json")
    forms += ("csv",) if section in _IN_CSV else ()
    return forms + (("md",) if section in _IN_MARKDOWN else ())


_INSTALLED_HERE = (Installed(_INSTALLED),)
_MODELS = (Comparison("model", "glm-4.7", "gpt-5.2"),)


GOLDENS = [
    Golden("day", "overview", None, ("txt", "json", "md", "html"), _INSTALLED_HERE),
    Golden("day", "findings", "findings", ("txt", "json"), (*_INSTALLED_HERE, _FEW)),
    *(Golden("day", section, section, _forms(section)) for section in _SECTIONS),
    Golden("day", "timeline", "timeline"),
    Golden("day", "unused", "unused", ("txt", "json"), _INSTALLED_HERE),
    Golden("day", "check", "check", ("txt", "json"), (_FEW,)),
    Golden("day", "compare", "compare", ("txt", "json"), _MODELS),
    Golden("day", "trend-edits", "trend", options=(Calendar(of="edits"),)),
    Golden("day", "edits-from-events", "edits", filters=Filters(source="event")),
    Golden("day", "session", None, filters=Filters(session="ses_B")),
    Golden("recorded", "overview", None, ("txt", "json")),
    *(
        Golden("recorded", section, section)
        for section in reports.SECTIONS
        if section != "timeline"
    ),
    Golden("recorded", "timeline", "timeline", ("txt", "json")),
    Golden("month", "overview"),
    Golden("month", "findings", "findings", ("txt", "md")),
    Golden("month", "skills", "skills"),
    Golden("month", "edits", "edits"),
    Golden("month", "trend", "trend", ("txt", "json", "html")),
    Golden("month", "trend-weeks", "trend", options=(Calendar(by="week"),)),
    Golden("month", "compare", "compare", ("txt", "json", "md", "csv", "html")),
    Golden(
        "month",
        "compare-formats",
        "compare",
        options=(Comparison("format", "whole", "hashline"),),
    ),
    Golden("month", "patterns", "patterns", ("txt", "json", "md")),
    Golden("month", "check", "check", options=(_FEW,)),
    *(
        Golden(history, f"all-{width}", options=options, width=width, every_section=True)
        for history, options in (
            ("day", (*_INSTALLED_HERE, _FEW, *_MODELS)),
            ("recorded", ()),
            ("month", (_FEW,)),
        )
        for width in _WIDTHS
    ),
]


@contextlib.contextmanager
def histories(folder: Path) -> Iterator[dict[str, sqlite3.Connection]]:
    """The store of each history, made in `folder`."""
    merge_history(recordings.unpack(RECORDED, folder / "recording"), folder / "recorded.db")
    stores = {
        "day": sqlite3.connect(_day(folder / "day")),
        "recorded": sqlite3.connect(folder / "recorded.db"),
        "month": month.store().connection,
    }
    try:
        yield stores
    finally:
        for store in stores.values():
            store.close()


def _day(root: Path) -> Path:
    (root / ".opencode" / "telemetry").mkdir(parents=True)
    journal = journal_path(root)
    journal.write_text(json.dumps(_TOTALS))
    with contextlib.chdir(root):
        record_events()
    database = build_rows(root / "opencode.db", Path("/home/ada/tachikoma"))
    merge(MergeRequest(store_path(root), root, [journal], databases=[database], all_projects=True))
    return store_path(root)


def main() -> None:
    """Write every golden output anew, and take away those that are none any more."""
    kept = {path for golden in GOLDENS for path in golden.files()}
    for path in FOLDER.glob("*/*"):
        if path not in kept:
            path.unlink()
    with tempfile.TemporaryDirectory() as folder, histories(Path(folder)) as stores:
        for golden in GOLDENS:
            for form in golden.forms:
                golden.path(form).parent.mkdir(parents=True, exist_ok=True)
                written = golden.write(stores[golden.history], form)
                golden.path(form).write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
