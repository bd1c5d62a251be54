"""`report calls --tool --outcome`: which calls."""

from __future__ import annotations

from typing import Any, get_args

from ...option_group import one_of
from .section_options import SectionOptions, SectionRequest


def _filters(given: SectionRequest) -> dict[str, Any]:
    from ....reports.selection.filters import Outcome

    outcome = given.value("outcome")
    if outcome is not None:
        outcome = one_of(outcome.replace("-", "_"), get_args(Outcome), "--outcome")
    return {"tool": given.value("tool"), "outcome": outcome}


OPTIONS = SectionOptions(
    section="calls",
    values={
        "tool": "only calls of this tool, by its old or its new name.",
        "outcome": "only those that ended so: succeeded, failed, timed_out, invalid, cancelled, "
        "abandoned or running.",
    },
    filters=_filters,
)
