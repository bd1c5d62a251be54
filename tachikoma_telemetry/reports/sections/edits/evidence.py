"""Which edit format is the best of a model, and what that rests on, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any

from ... import figures
from ...difference import LEAST_SESSIONS
from ...more_runs import EFFECT
from ...rate_intervals import wilson
from .rows import BestFormatRow, EditRow, FormatPairRow

_NOT_ENOUGH = "not enough data"
_NAMED = 3


def best_formats(
    rows: Iterable[EditRow], pairs: Iterable[FormatPairRow], minimum: int
) -> list[BestFormatRow]:
    """The best format of each model, with the sentence that says how sure the choice is.

    The format with the highest rate of first tries leads. It is the best one when it is ahead of
    every other one; the rival is the one with the next highest rate.

    The rows of a model are together. A format with fewer edits than `minimum` is not compared.
    """
    by_model: dict[str | None, list[FormatPairRow]] = {}
    for pair in pairs:
        by_model.setdefault(pair.model, []).append(pair)
    return [
        _best(model, [*of_model], by_model.get(model, []), minimum)
        for model, of_model in groupby(rows, key=lambda row: row.model)
    ]


def _best(
    model: str | None, rows: Sequence[EditRow], pairs: Sequence[FormatPairRow], minimum: int
) -> BestFormatRow:
    known = [each for each in rows if each.format is not None and each.edits >= minimum]
    known.sort(key=lambda each: (-(each.first_try_rate or 0), -each.edits, each.format or ""))
    if not known:
        nothing: dict[str, Any] = dict.fromkeys(each.name for each in fields(BestFormatRow))
        most = {name: max(getattr(each, name) for each in rows) for name in ("attempts", "edits")}
        known_of: dict[str, Any] = {"model": model, "evidence": _NOT_ENOUGH, "behind": []}
        return BestFormatRow(**nothing | most | known_of)
    best, *others = known
    rival = others[0] if others else None
    against = [pair for pair in pairs if pair.format == best.format]
    closest = next((pair for pair in against if rival and pair.other == rival.format), None)
    clear = all(pair.verdict == "ahead" for pair in against) if against else None
    behind = {pair.other for pair in pairs if pair.verdict == "ahead"}
    low, high = wilson(_first_tries(best), best.edits)
    return BestFormatRow(
        model=model,
        format=best.format if clear or rival is None else None,
        attempts=best.attempts,
        success_rate=best.success_rate,
        evidence=_evidence(known, closest, behind, minimum, clear=clear),
        successes=best.successes,
        edits=best.edits,
        first_tries=_first_tries(best),
        first_try_rate=best.first_try_rate,
        first_try_low=low,
        first_try_high=high,
        clear=clear,
        rival=rival.format if rival else None,
        rival_edits=rival.edits if rival else None,
        rival_first_tries=_first_tries(rival) if rival else None,
        lead_low=closest.lead_low if closest else None,
        lead_high=closest.lead_high if closest else None,
        leading=best.format,
        behind=[each.format for each in known if each.format and each.format in behind],
        edits_needed=closest.edits_needed if closest else None,
        edits_needed_of=closest.edits_needed_of if closest else None,
    )


def _evidence(
    known: Sequence[EditRow],
    closest: FormatPairRow | None,
    behind: set[str],
    minimum: int,
    *,
    clear: bool | None,
) -> str:
    """One sentence: how the formats do at the first try, and what would decide between them."""
    best = known[0]
    if closest is None:
        return f"{_tally(best)} at the first try; no other format began {minimum} edits"
    if clear:
        return f"{_tally(best)} at the first try, ahead of {_tally(known[1])}"
    # One that is behind another may still be the rival: the leader may have few edits.
    open_ = [each for each in known if each is best or each.format not in behind]
    open_ = open_ if len(open_) > 1 else [*known[:2]]
    said = ", ".join(_tally(each) for each in open_[:_NAMED])
    if closest.verdict == "same":
        text = f"no difference beyond {EFFECT * 100:.0f} points: {said}"
    else:
        text = f"no clear difference yet: {said}{_what_decides(closest)}"
    late = [each for each in known if each.format in behind and each not in open_]
    return text + (f"; behind: {', '.join(map(_tally, late[:_NAMED]))}" if late else "")


def _what_decides(closest: FormatPairRow) -> str:
    if closest.lead_low is None:
        return f"; it takes edits in {LEAST_SESSIONS:.0f} sessions with each"
    if closest.edits_needed is None:
        return ""
    of = f"{closest.edits_needed_of} edits" if closest.edits_needed_of else "edits with both"
    text = f"; about {figures.about(closest.edits_needed)} more {of} would decide"
    return text + (" if that lead holds" if closest.lead > EFFECT else "")


def _first_tries(row: EditRow) -> int:
    return round((row.first_try_rate or 0) * row.edits)


def _tally(row: EditRow) -> str:
    return f"{row.format} {figures.share_of(row.first_try_rate, row.edits)}"
