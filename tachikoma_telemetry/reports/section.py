"""What a section of a report is: its question, its rows, and how users read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .blocks import Block, Column
from .engine import Engine
from .meaning import meaning_of
from .query import rows
from .selection.filters import Filters

O = TypeVar("O")  # noqa: E741 - the options of one section

Parts = Mapping[str, list[Any]]
"""The rows of a report by their key in the JSON document."""


@dataclass(frozen=True, slots=True)
class Request(Generic[O]):
    """What one section reads from.

    Attributes:
        store: the unified store, the filters in place as views.
        filters: which rows count.
        options: its own options, beside the filters; None where it has no options.
        now_ms: when the report is made, ms since the epoch.
        utc: whether days and hours are those of UTC rather than of the local time zone.
        coverage: how much of the history is measured.
        rows_of: the rows of another section under one of its keys, read once for all.

    """

    store: Engine
    filters: Filters
    options: O
    now_ms: int
    utc: bool
    coverage: Any = None
    rows_of: Callable[[Section[Any], str], list[Any]] = lambda _section, _key: []


@dataclass(frozen=True, slots=True)
class Part:
    """A list of rows under one key of the report.

    Attributes:
        row: the dataclass of its rows.
        read: gets them from a prepared store.
        for_charts: whether only a chart shows them, and no table.
        in_brief: whether the tables of the overview show them.

    """

    row: type[Any]
    read: Callable[[Request[Any]], list[Any]]
    for_charts: bool = False
    in_brief: bool = True

    def is_in_tables(self, *, overview: bool) -> bool:
        """Whether the tables of its section, or of the overview, show them."""
        return not self.for_charts and (self.in_brief or not overview)


@dataclass(frozen=True, slots=True)
class Section(Generic[O]):
    """What ``report SECTION`` shows.

    Attributes:
        name: what it is called on the command line and in the JSON document.
        question: what it answers.
        parts: its rows by key; the first key is the section's name, the others come beside it.
        blocks: its rows as headings, sentences and sheets.
        empty: what users read when it has no rows, and what would give it some; ``{sessions}`` is
            how many sessions were looked at.
        in_overview: whether the overview holds it.
        brief: how the overview shows it; None is as `blocks` does.
        size: how much of what it is about there is, beside its name on one screen; None is how many
            rows.
        needs: tables that its .sql files read beside the store's (`selection.views`).
        options: the type of its own options, beside the filters; called without arguments it
            gives the defaults. None is nothing.
        prepare: makes the tables that depend on the options, once the filters are in place.
        shows_times: whether its title names the time zone.
        answers_when_empty: whether no rows are an answer, and not a lack of data.
        hidden_when_empty: whether the overview leaves it out when it has no rows.
        concludes: whether it is made from other sections' rows: it is read last, and on a terminal
            it comes last, where the eye is.
        of_session: whether the overview of one session holds it.
        columns: those of its tables, in reading order.
        headings: what columns mean that show no single field of its rows, by their headings.

    """

    name: str
    question: str
    parts: Mapping[str, Part]
    blocks: Callable[[Parts], list[Block]]
    empty: str
    in_overview: bool = True
    brief: Callable[[Parts], list[Block]] | None = None
    size: Callable[[Parts], int] | None = None
    needs: tuple[str, ...] = ()
    options: Callable[[], O] | None = None
    prepare: Callable[[Request[O]], None] | None = None
    shows_times: bool = False
    answers_when_empty: bool = False
    hidden_when_empty: bool = False
    concludes: bool = False
    of_session: bool = False
    columns: Sequence[Column] = ()
    headings: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, heading: str) -> str | None:
        """What a column of its tables means, in the words of a reader; None when it is unknown."""
        return _HEADINGS.get(heading) or self.meanings().get(heading)

    def meanings(self) -> dict[str, str]:
        """What each column of its tables means, by heading in reading order."""
        said: dict[str, str] = {}
        for column in self.columns:
            if column.title in self.headings:
                said[column.title] = self.headings[column.title]
            elif column.field and column.title not in ("", *_HEADINGS):
                rows = (meaning_of(part.row, column.field) for part in self.parts.values())
                said.setdefault(column.title, next(each for each in rows if each is not None))
        return {**said, **self.headings}


_HEADINGS = {"95 %": "where the true rate is, with 95 % certainty"}


def part(
    package: str, name: str, row: type[Any], *, for_charts: bool = False, in_brief: bool = True
) -> Part:
    """The rows of the file ``name.sql`` in `package`, as they are.

    `package` is the section's (``__package__``), `name` also the key in the report. The rest is as
    in `Part`.
    """

    def read(request: Request[Any]) -> list[Any]:
        return rows(request.store, package, name, row)

    return Part(row, read, for_charts, in_brief)
