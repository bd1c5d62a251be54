"""The screen Health: what the doctor finds, what stands out, and events that joined no call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from ..reports.behind.listing import Wanted
from ..reports.blocks import Cell, Tone
from ..reports.meaning import meaning
from ..reports.sections.findings.rows import FindingRow
from ..visible import visible
from .fields import ListField
from .lists import FINDINGS, LISTED
from .paged_list import PagedRowList
from .row_list import RowList
from .rows_screen import RowScreen
from .screen_view import View

_SIGNS: dict[str, tuple[str, Tone]] = {
    "ok": ("✓", "good"),
    "warn": ("!", "doubtful"),
    "bad": ("✗", "bad"),
}
_CHECK_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the doctor."""

    state: str = meaning("ok, warn: something is missing, bad: something can't be read")
    text: str = meaning("what was found, and what to do about it")


_DOCTOR: Sequence[ListField[CheckRow]] = (
    ListField(
        "", "state", lambda row: Cell(*_SIGNS.get(row.state, ("!", "doubtful"))), right=False
    ),
    ListField("doctor", "text", lambda row: Cell(row.text), right=False, shrink=30),
)


class HealthView(View):
    """Whether the numbers can be relied on."""

    title = "Health"
    section = "findings"
    _checked_at = float("-inf")

    def compose(self) -> ComposeResult:
        """The lists."""
        yield RowList(
            CheckRow, _DOCTOR, "text", id="doctor", empty="The doctor looks …", heading=False
        )
        yield RowList(
            FindingRow,
            FINDINGS,
            "text",
            id="findings",
            empty="What stands out is worked out …",
            heading=False,
        )
        yield PagedRowList(
            *LISTED["unjoined"], id="unjoined", empty="Every event belongs to a call."
        )

    def on_mount(self) -> None:
        """Name the parts."""
        self.query_one("#doctor").border_title = Text("doctor")
        self.query_one("#findings").border_title = Text("stands out")
        self.query_one("#unjoined").border_title = Text("events that belong to no call")

    async def reload(self) -> None:
        """Read the events; the other two take longer, and come when they are ready."""
        unjoined = self.query_one("#unjoined", PagedRowList)
        unjoined.wanted = Wanted("unjoined", self.app.filters)
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
        doctor.show([CheckRow(each.state, visible(each.text)) for each in found])
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

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        self.app.push_screen(RowScreen(event.row))
