"""The section `iterations`."""

from __future__ import annotations

from collections import defaultdict

from ...query import records, row_of
from ...section import Part, Request, Section
from . import sheet
from .rows import IterationRow


def _read(request: Request[None]) -> list[IterationRow]:
    """With the criteria that failed."""
    criteria: dict[tuple[str | None, str | None], dict[str, int]] = defaultdict(dict)
    for each in records(request.store, __package__, "failed_criteria"):
        criteria[each["skill"], each["stage"]][each["criterion"]] = each["count"]
    return [
        row_of(IterationRow, each, failed_criteria=criteria.get((each["skill"], each["stage"]), {}))
        for each in records(request.store, __package__, "iterations")
    ]


SECTION: Section[None] = Section(
    name="iterations",
    question="how often verification passes, how often the last allowed iteration does not, and "
    "why",
    parts={"iterations": Part(IterationRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["iterations"]),
    size=lambda parts: sum(row.iterations for row in parts["iterations"]),
    empty=sheet.NOTHING,
    columns=(*sheet.LOOPS, *sheet.RUNS),
    headings={
        "stage": "generate, verify, revise, …; – for iterations that name none",
        "passed": "iterations that passed, of those with a verdict",
        "gave up": "runs whose last allowed iteration did not pass, of all with this stage",
        "retries": "retries that the skill recorded",
        "repeated": "shell commands that the model gave again in a turn after they had failed",
        "escalated": "runs that escalated",
        "flaky": "runs that succeeded, but not without a retry or an iteration that failed",
    },
)
