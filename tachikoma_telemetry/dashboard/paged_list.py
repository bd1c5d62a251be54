"""A list whose rows are read from the store a page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..reports.drilldown.kinds import KINDS
from ..reports.drilldown.listing import Listing, ListQuery
from .row_list import RowList

if TYPE_CHECKING:
    from .desk import Desk

_PAGE = 100
LAST_ROW = object()  # who looks at the last step sees the next ones come
_KEPT_PAGES = 20


class PagedRowList(RowList):
    """Rows that are read a page at a time."""

    app: Desk

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.wanted: ListQuery | None = None
        self.only: str | None = None
        self._listing: Listing | None = None
        self._asked: set[int] = set()

    @property
    def described(self) -> list[str]:
        """How it is cut down, in words."""
        return [*super().described, *(["only failed"] if self.only else [])]

    @property
    def has_failed(self) -> bool:
        """Whether its rows can fail."""
        return self.wanted is not None and bool(KINDS[self.wanted.kind].where)

    async def reload(self, go_to: object = None) -> None:
        """Read the rows again: as wanted, searched and sorted; the cursor goes to this key,
        or to `LAST_ROW`.

        Raises:
            TachikomaError: when the store can't be read.

        """
        if self.wanted is None or not self.is_attached:
            return
        wanted = replace(
            self.wanted, only=self.only, search=self.search, order=self.order, falling=self.falling
        )
        key = self.key_of(self.chosen) if go_to is None else go_to
        if go_to is None and wanted.kind == "steps" and 0 < self.count == self.cursor + 1:
            key = LAST_ROW
        app = self.app  # which a list that was left meanwhile has no more
        place, first, rows, count = await app.reader.run(self._open, app, wanted, key)
        if not self.is_attached:
            return
        self._shown = dict(enumerate(rows, first))
        self._asked = {first // _PAGE}
        self.placed(count, place)

    def _open(
        self, app: Desk, wanted: ListQuery, key: object
    ) -> tuple[int | None, int, list[Any], int]:
        """In the reader's thread, which alone uses listings: read again, close the old one."""
        listing = Listing(app.origin.store, wanted, now_ms=app.now_ms())
        self._close()
        self._listing = listing
        place = listing.place(key) if key not in (None, LAST_ROW) else None
        if key is LAST_ROW:
            place = max(0, listing.count - 1)
        first = max(0, self.cursor if place is None else place)
        first = min(first, max(0, listing.count - 1)) // _PAGE * _PAGE
        return place, first, listing.page(first, first + _PAGE), listing.count

    def _close(self) -> None:
        if self._listing is not None:
            self._listing.close()
            self._listing = None

    def clear_cursor(self) -> None:
        """Begin at the first row: other rows are wanted."""
        self.cursor, self.count = 0, 0

    def clear(self) -> None:
        """Show no rows."""
        self.wanted, self._shown = None, {}
        self.placed(0, None)

    def rearrange(self) -> None:
        """Read the rows again."""
        self.app.soon(f"list-{self.id}", self.reload)

    def wanted_row(self, at: int) -> None:
        """Ask for its page."""
        if at // _PAGE not in self._asked:
            self._asked.add(at // _PAGE)
            self.run_worker(self._read(at // _PAGE))

    async def _read(self, page: int) -> None:
        rows: list[Any] = []

        async def read() -> None:
            rows.extend(await self.app.reader.run(self._page, page))

        if not await self.app.try_to(read) or not self.is_attached:
            return
        if len(self._shown) > _PAGE * _KEPT_PAGES:
            self._shown, self._asked = {}, {page}
        self._shown.update(enumerate(rows, page * _PAGE))
        self._lay_out()
        self.refresh()
        if page == self.cursor // _PAGE:
            self.post_message(self.CursorMove(self, self.chosen))

    def _page(self, page: int) -> list[Any]:
        listing = self._listing
        return listing.page(page * _PAGE, (page + 1) * _PAGE) if listing is not None else []

    def on_unmount(self) -> None:
        """Give up the connection."""
        self.app.reader.later(self._close)
