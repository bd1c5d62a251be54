"""The options of `report` that belong to one section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ....reports import Report


@dataclass(frozen=True, kw_only=True)
class SectionRequest:
    """What the user gave, for the section that is shown.

    Attributes:
        section: its name; None is the overview.
        values: the values of its own options by their names; None where one was not given.
        skill: the skill that the filters name; None is any.
        root: the project's root.
        utc: whether times are in UTC rather than in the local time zone.

    """

    section: str | None
    values: Mapping[str, str | None]
    skill: str | None
    root: Path
    utc: bool

    def value(self, name: str) -> str | None:
        """The value of the option ``--name``; None where it was not given."""
        return self.values.get(name)


@dataclass(frozen=True, kw_only=True)
class SectionOptions:
    """What one section adds to `report`.

    Attributes:
        section: its name.
        values: the help of each option that takes a value, by its name without dashes. Sections
            may share one: its help is then theirs, one after the other.
        flag: the help of ``--SECTION``, which is a way to name the section; None where it has none.
        options: makes the `options` of `reports.build` from what the user gave.
        filters: makes filters of the section's own.
        needed: whether `options` are needed for what the user gave; None is for this section only.
        exit_code: how `report` exits when the report is written.

    """

    section: str
    values: Mapping[str, str] = field(default_factory=dict)
    flag: str | None = None
    options: Callable[[SectionRequest], list[object]] = lambda _: []
    filters: Callable[[SectionRequest], dict[str, Any]] = lambda _: {}
    needed: Callable[[SectionRequest], bool] | None = None
    exit_code: Callable[[Report], int] = lambda _: 0

    def is_needed(self, given: SectionRequest) -> bool:
        """Whether its `options` are needed for what the user gave."""
        return self.section == given.section if self.needed is None else self.needed(given)
