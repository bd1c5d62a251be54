"""What the choice of an edit format rests on, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .rows import BestFormatRow

NOT_ENOUGH = "not enough data"


def best_format_rows(records: Iterable[Mapping[str, Any]], minimum: int) -> list[BestFormatRow]:
    """The rows of `best_formats`, with the sentence that says how sure the choice is.

    Args:
        records: what best_formats.sql gives.
        minimum: attempts below which a format was not compared.

    """
    rows = []
    for record in records:
        clear = record["lead_low"] > 0 if record["rival"] is not None else None
        evidence = evidence_of(record, minimum)
        rows.append(BestFormatRow(**record, clear=clear, evidence=evidence))
    return rows


def evidence_of(record: Mapping[str, Any], minimum: int) -> str:
    """One sentence: the best format's tally, and its rival's.

    Args:
        record: a row of best_formats.sql.
        minimum: attempts below which a format was not compared.

    """
    if record["format"] is None:
        return NOT_ENOUGH
    best = f"{record['format']} {record['successes']} of {record['attempts']}"
    if record["rival"] is None:
        return f"{best}; no other format has {minimum} attempts"
    rival = f"{record['rival']} {record['rival_successes']} of {record['rival_attempts']}"
    if record["lead_low"] > 0:
        return f"{best}, ahead of {rival}"
    return f"no clear winner: {best}, {rival}"
