"""Which edit format is the best of a model, and what that rests on, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ...query import row_of
from ...rate_intervals import newcombe, wilson
from .rows import BestFormatRow

NOT_ENOUGH = "not enough data"

Tally = Mapping[str, Any]


def best_format_rows(records: Iterable[Tally], minimum: int) -> list[BestFormatRow]:
    """The rows of `best_formats`, with the sentence that says how sure the choice is.

    The best format is the one with the highest lower end of its Wilson interval among those with
    enough edits; the rival is the other such format whose lag behind it is least certain. The lead
    is clear when Newcombe's interval with continuity correction (his method 11) is above 0.

    Args:
        records: what best_formats.sql gives, a model's rows together.
        minimum: edits below which a format is not compared.

    """
    return [
        _best(model, [*tallies], minimum)
        for model, tallies in groupby(records, key=lambda record: record["model"])
    ]


def _best(model: str | None, tallies: Sequence[Tally], minimum: int) -> BestFormatRow:
    known = [each for each in tallies if each["format"] is not None and each["edits"] >= minimum]
    known.sort(key=lambda each: (-_bounds(each)[0], -each["edits"], each["format"]))
    if not known:
        return BestFormatRow(
            model=model,
            format=None,
            attempts=max(each["attempts"] for each in tallies),
            success_rate=None,
            evidence=NOT_ENOUGH,
            successes=None,
            edits=max(each["edits"] for each in tallies),
            first_tries=None,
            first_try_rate=None,
            first_try_low=None,
            first_try_high=None,
            clear=None,
            rival=None,
            rival_edits=None,
            rival_first_tries=None,
            lead_low=None,
        )
    best, *others = known
    leads = [(_lead(best, each), each["format"], each) for each in others]
    lead, _, rival = min(leads, key=lambda each: each[:2]) if leads else (None, None, None)
    return row_of(
        BestFormatRow,
        best,
        success_rate=best["successes"] / best["attempts"],
        evidence=_evidence(best, rival, lead, minimum),
        first_try_rate=best["first_tries"] / best["edits"],
        clear=None if lead is None else lead > 0,
        rival=rival["format"] if rival else None,
        rival_edits=rival["edits"] if rival else None,
        rival_first_tries=rival["first_tries"] if rival else None,
        lead_low=lead,
    )


def _bounds(tally: Tally) -> tuple[float, float]:
    return wilson(tally["first_tries"], tally["edits"])


def _lead(best: Tally, rival: Tally) -> float:
    one, other = ((each["first_tries"], each["edits"]) for each in (rival, best))
    return newcombe(one, other, corrected=True)[0]


def _evidence(best: Tally, rival: Tally | None, lead: float | None, minimum: int) -> str:
    """One sentence: in how many edits the best format was right at once, and its rival."""
    found = f"{best['format']} {best['first_tries']} of {best['edits']} at the first try"
    if rival is None or lead is None:
        return f"{found}; no other format began {minimum} edits"
    other = f"{rival['format']} {rival['first_tries']} of {rival['edits']}"
    return f"{found}, ahead of {other}" if lead > 0 else f"no clear winner: {found}, {other}"
