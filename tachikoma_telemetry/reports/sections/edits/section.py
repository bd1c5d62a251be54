"""The section `edits`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Cell, Column, Heading, Sheet, bar, interval, name, number
from ...query import records
from ...section import Part, Request, Section, part
from .evidence import best_formats
from .pairs import format_pairs
from .rows import BestFormatRow, EditRow, FormatPairRow


def _minimum(request: Request[None]) -> int:
    return int(request.store.execute("SELECT minimum FROM parameters").fetchone()[0])


def _format_pairs(request: Request[None]) -> list[FormatPairRow]:
    """Each format against each, by model."""
    return format_pairs(records(request.store, __package__, "format_sessions"), _minimum(request))


def _best_formats(request: Request[None]) -> list[BestFormatRow]:
    """With the sentence that says how sure the choice is."""
    rows, pairs = (request.rows_of(SECTION, key) for key in ("edits", "format_pairs"))
    return best_formats(rows, pairs, _minimum(request))


def _best_format(row: BestFormatRow) -> Cell:
    if row.format is None:
        return number(figures.UNKNOWN)
    return Cell(visible(row.format), "good" if row.clear else "plain")


def _why(evidence: str, leading: str | None, edits: int) -> Cell:
    if leading is not None:
        return Cell(visible(evidence))
    return Cell(f"{evidence}: the most used format began {counted(edits, 'edit')}", "faint")


_BEST = [
    Column("model", name, "model", "strong", right=False, shrink=14),
    Column("best format", _best_format, right=False),
    Column("why", _why, ("evidence", "leading", "edits"), right=False, wrap=True, shrink=30),
]
_DETAILS = [
    Column("model", name, "model", "strong", right=False, shrink=12, grouped=True),
    Column("format", name, "format", right=False, shrink=17),
    Column("succeeded", figures.share_of, ("success_rate", "attempts")),
    Column("", bar, "success_rate", drop=4, bar=True),
    Column("95 %", interval, ("success_low", "success_high"), drop=2),
    Column("edits", figures.count, "edits", drop=5),
    Column("first try", figures.share_of, ("first_try_rate", "edits")),
    Column("attempts per edit", figures.mean, "attempts_per_edit", drop=1),
    Column("wasted tok.", figures.amount, "tokens_wasted", drop=2),
]


_OfModel = tuple[str | None, dict[str | None, EditRow]]
"""A model, and its row of each format."""


def formats_by_model(rows: Sequence[EditRow]) -> tuple[list[str | None], list[_OfModel]]:
    """The formats, the most tried first, and each model's row of each."""
    attempts: Counter[str | None] = Counter()
    by_model: dict[str | None, dict[str | None, EditRow]] = defaultdict(dict)
    for row in rows:
        attempts[row.format] += row.attempts
        by_model[row.model][row.format] = row
    formats = sorted(attempts, key=lambda each: (-attempts[each], each or ""))
    return formats, [*by_model.items()]


def _matrix(rows: Sequence[EditRow]) -> Sheet:
    """Formats × models: successes of attempts. Formats with few attempts go first for room."""
    formats, models = formats_by_model(rows)
    columns = [
        Column("model", lambda each: name(each[0], "strong"), right=False, shrink=12),
        *(_tallies(format, place) for place, format in enumerate(formats)),
    ]
    return Sheet(columns, models)


def _tallies(format: str | None, place: int) -> Column:
    def tally(of_model: _OfModel) -> Cell:
        return _tally(of_model[1].get(format))

    return Column(name(format).text, tally, drop=place, shrink=17, mention=True)


def _tally(row: EditRow | None) -> Cell:
    if row is None or not row.attempts:
        return Cell("·", "faint")
    tally = f"{row.successes:,}/{row.attempts:,} {figures.share(row.success_rate)}"
    return Cell(figures.Figure(tally, row.successes / row.attempts))


SECTION: Section[None] = Section(
    name="edits",
    question="which edit format works with which model",
    parts={
        "edits": part(__package__, "edits", EditRow),
        "best_formats": Part(BestFormatRow, _best_formats),
        "format_pairs": Part(FormatPairRow, _format_pairs, in_brief=False),
    },
    blocks=lambda parts: [
        Sheet(_BEST, parts["best_formats"]),
        Heading("format × model"),
        Sheet(_DETAILS, parts["edits"]),
    ],
    brief=lambda parts: [Sheet(_BEST, parts["best_formats"]), _matrix(parts["edits"])],
    size=lambda parts: sum(row.edits for row in parts["edits"]),
    empty="No edit was tried yet: OpenCode's own count by themselves, others with "
    "`run.edit(format, success=…)`.",
    needs=("edit_chains", "row_people", "edit_sums"),
    columns=(*_BEST, *_DETAILS),
    headings={
        "best format": "format that succeeds most often at the first try, where that is clear",
        "succeeded": "attempts in this format that succeeded",
    },
)
