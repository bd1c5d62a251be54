"""The screen Health: what the doctor finds, what stands out, and events that joined no call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from ..reports.blocks import Cell, Column, Tone
from ..reports.drilldown.listing import ListQuery
from ..reports.sections.findings.rows import FindingRow
from ..visible import visible
from .board_origin import CheckRow
from .lists import FINDINGS, LISTED
from .paged_list import PagedRowList
from .row_list import RowList
from .rows_screen import whole_row
from .screen_view import View

_SIGNS: dict[str, tuple[str, Tone]] = {
    "ok": ("✓", "good"),
    "warn": ("!", "doubtful"),
    "bad": ("✗", "bad"),
}
_CHECK_AGAIN_SECONDS = 60.0


_DOCTOR = (
    Column("", lambda state: Cell(*_SIGNS.get(state, ("!", "doubtful"))), "state", right=False),
    Column("checked", Cell, "area", "strong", right=False),
    Column("found", Cell, "text", right=False, shrink=24),
    Column("to do", lambda fix: Cell(f"→ {fix}" if fix else ""), "fix", right=False, shrink=24),
)
_WORST_FIRST = ("bad", "warn", "ok")


class HealthView(View):
    """Whether the numbers can be relied on."""

    title = "Health"
    section = "findings"
    hints = "↑↓ choose  tab list  enter whole row  / filter  t time"
    _checked_at = float("-inf")

    def compose(self) -> ComposeResult:
        """The lists."""
        yield RowList(
            CheckRow,
            _DOCTOR,
            "text",
            id="doctor",
            label="doctor",
            empty="The doctor looks …",
            heading=False,
        )
        yield RowList(
            FindingRow,
            FINDINGS,
            "text",
            id="findings",
            label="stands out",
            empty="What stands out is worked out …",
            heading=False,
        )
        yield PagedRowList(
            *LISTED["unjoined"],
            id="unjoined",
            label="events that belong to no call",
            empty="No event without a call.",
        )

    async def reload(self) -> None:
        """Read the events; the other two take longer, and come when they are ready."""
        unjoined = self.query_one("#unjoined", PagedRowList)
        unjoined.wanted = ListQuery("unjoined", self.app.filters)
        await unjoined.reload()
        self.app.soon("doctor", self._check)
        self.app.soon("findings", self._find)

    async def _check(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._checked_at < _CHECK_AGAIN_SECONDS:
            return
        self._checked_at = now
        found = await asyncio.to_thread(self.app.origin.doctor)
        doctor = self.query_one("#doctor", RowList)
        doctor.show(_worst_first(found))
        self._make_room()

    async def _find(self) -> None:
        app, filters = self.app, self.app.filters
        report = await app.reader.ask(lambda store: app.reader.report(store, "findings", filters))
        findings = self.query_one("#findings", RowList)
        findings.empty = "Nothing stands out."
        findings.show(report.parts["findings"])
        self._make_room()

    def _make_room(self) -> None:
        doctor, findings = self.query_one("#doctor", RowList), self.query_one("#findings", RowList)
        most = max(3, self.size.height // 3)
        doctor.styles.height = min(max(doctor.count, 1), most) + 1
        findings.styles.height = min(max(findings.count, 1), most) + 1

    @on(RowList.Choice)
    def _chosen(self, event: RowList.Choice) -> None:
        event.stop()
        self.app.push_screen(whole_row(event.row))


def _worst_first(found: Sequence[CheckRow]) -> list[CheckRow]:
    """The doctor's lines; one that goes on with the line before gets its name."""
    rows: list[CheckRow] = []
    for each in found:
        area = each.area or (rows[-1].area if rows else "")
        fix = visible(each.fix) if each.fix else None
        rows.append(CheckRow(each.state, area, visible(each.text), fix))
    return sorted(rows, key=lambda row: _WORST_FIRST.index(row.state))
