"""The section `findings`: what stands out, from the verdicts that other sections reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from ...query import records, rows
from ...section import Part, Request, Section
from ...selection.command import report_command
from .. import patterns
from ..check.crossings import crossings
from ..check.thresholds import Thresholds
from ..compare.section import VERSIONS
from ..edits.section import SECTION as EDITS
from ..fleet.section import SECTION as FLEET
from ..patterns.rows import ErrorRow
from ..patterns.section import SECTION as PATTERNS
from ..rlm.section import SECTION as RLM
from ..skills.section import SECTION as SKILLS
from ..unused.section import SECTION as UNUSED
from . import counts, sheet
from .comparisons import SUCCESS_LIMIT, differences, skill_levels
from .rows import FindingRow

MOST = 7
_OFF = Thresholds(dict.fromkeys(Thresholds().limits))


def _read(request: Request[Thresholds]) -> list[FindingRow]:
    """At most seven: the first of each kind, then the second, …; in the order of the kinds."""
    skills, edits = request.rows_of(SKILLS, "skills"), request.rows_of(EDITS, "edits")
    coverage = request.coverage

    def command(section: str | None, **about: str | None) -> str:
        return report_command(section, request.filters, request.store.place, about)

    limits = (
        records(request.store, __package__, "success_sums")
        if request.options.limits.get("skill_success") is None
        else ()
    )
    crossed = crossings(skills, edits, request.options)
    errors = rows(request.store, patterns.__name__, "errors_seen", ErrorRow)
    found = chain(
        differences(
            request.rows_of(VERSIONS, "version_changes"),
            request.rows_of(EDITS, "format_pairs"),
            request.rows_of(RLM, "chunk_edges"),
            skill_levels(limits, SUCCESS_LIMIT),
            command,
        ),
        counts.crossed_limits(crossed, command),
        counts.contradictions(skills, command),
        counts.unfinished_runs(skills, command),
        counts.recurring_errors(errors, coverage, command),
        counts.idle_skills(request.rows_of(UNUSED, "unused"), coverage, command),
        counts.unjoined_events(coverage, command),
        counts.silent_machines(request.rows_of(FLEET, "fleet"), command),
    )
    return _most_telling(found)


def _most_telling(found: Iterable[FindingRow]) -> list[FindingRow]:
    """The first of each kind before any second one, and shown kind by kind."""
    placed: list[tuple[int, int, FindingRow]] = []
    of_kind: Counter[str] = Counter()
    for number, row in enumerate(found):
        placed.append((of_kind[row.kind], number, row))
        of_kind[row.kind] += 1
    chosen = sorted(placed, key=lambda each: each[:2])[:MOST]
    return [row for _, _, row in sorted(chosen, key=lambda each: each[1])]


SECTION = Section(
    name="findings",
    question="what stands out",
    parts={"findings": Part(FindingRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["findings"]),
    empty="Nothing stands out in {sessions}.",
    needs=tuple(
        dict.fromkeys(
            need
            for each in (SKILLS, EDITS, VERSIONS, PATTERNS, UNUSED, FLEET)
            for need in each.needs
        )
    ),
    options=lambda: _OFF,
    answers_when_empty=True,
    concludes=True,
    columns=sheet.COLUMNS,
)
