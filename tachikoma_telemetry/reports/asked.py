"""What some sections are asked beside the filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..opencode.installed import InstalledSkill
from .sections.check.thresholds import Thresholds
from .sections.compare.comparison import Comparison
from .sections.trend.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Asked:
    """What the sections `compare`, `trend`, `unused` and `check` need to know.

    Attributes:
        comparison: what `compare` sets against what.
        calendar: what `trend` counts, and by which periods.
        installed: the skills that are installed, for `unused` (`installed.find_installed`).
        thresholds: what `check` holds the numbers against.

    """

    comparison: Comparison = field(default_factory=Comparison)
    calendar: Calendar = field(default_factory=Calendar)
    installed: Sequence[InstalledSkill] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
