"""Merging a history in several ways, and holding what the reports say against the counts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from math import isclose
from pathlib import Path
from typing import Any

import orjson

from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.reports import Filters, build
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.store.store import read_store

from ..reports.test_filters_combined import sums
from .counts import Counts
from .facts import Facts
from .histories import Piece
from .joined import HOUR
from .sources import Sources

# By what the rows of a section are known.
_KEYS = {
    "tools": ("tool",),
    "models": ("model",),
    "sessions": ("session_id",),
    "skills": ("skill",),
    "iterations": ("skill", "stage"),
    "edits": ("model", "format"),
    "rlm": ("skill", "mode"),
    "intents": ("intent",),
    "confusion": ("actual", "predicted"),
}


def disagreements(pieces: list[Piece]) -> list[str]:
    """Where the reports of a history say something else than the counts; a sentence each."""
    with tempfile.TemporaryDirectory() as folder:
        return list(_held(pieces, Path(folder).resolve()))


def _held(pieces: list[Piece], folder: Path) -> Iterator[str]:
    sources = Sources(folder)
    stores = {name: folder / f"{name}.db" for name in ("whole", "pieces", "own")}
    facts = {name: Facts() for name in stores}
    deleted = any(piece["kind"] == "delete" for piece in pieces)
    for piece in pieces:
        sources.write(piece)
        if piece["kind"] == "cut":
            for name in ("pieces", "own"):
                _merge(sources, stores[name], facts[name], own=name == "own")
    now = sources.last + (HOUR if len(pieces) % 2 else 9 * HOUR)
    for name, store in stores.items():
        _merge(sources, store, facts[name], own=name == "own")
    made = {}
    for name, store in stores.items():
        made[name] = _report(store, now)
        yield from _compared(name, made[name], Counts(facts[name], now))
        # Merged again, and made anew: nothing may change, to the last digit.
        for again in ("again", "rebuilt"):
            _merge(sources, store, Facts(), own=name == "own", rebuild=again == "rebuilt")
            changed = _changed(made[name], _report(store, now))
            yield from (f"{name}, {again}: {each}" for each in changed)
    yield from _parted(stores["whole"], now)
    if not deleted:
        yield from (f"whole, pieces: {e}" for e in _changed(made["whole"], made["pieces"]))
    sources.rows.close()


def _merge(
    sources: Sources, store: Path, facts: Facts, *, own: bool, rebuild: bool = False
) -> None:
    journal = sources.journal(sources.root)
    merge(
        MergeRequest(
            store=store,
            root=sources.root,
            journals=[journal],
            databases=[sources.database, *sources.backups],
            all_projects=not own,
            rebuild=rebuild,
        )
    )
    # The newest state is seen last.
    for database in (*sources.backups, sources.database):
        facts.see_database(database, sources.root if own else None)
    facts.see_journal(journal, sources.root)
    # The other project's journal is read where sessions are in its folder.
    if any(row["folder"] == str(sources.other) for row in facts.sessions.values()):
        facts.see_journal(sources.journal(sources.other), sources.other)


def _report(store: Path, now: int) -> dict[str, Any]:
    with closing(read_store(store)) as connection:
        report: dict[str, Any] = orjson.loads(to_json(build(connection, now_ms=now)))
        return report


def _parted(store: Path, now: int) -> Iterator[str]:
    """What began before an event and what began from it on are not all, where that is so."""
    with closing(read_store(store)) as connection:
        moments = [at for (at,) in connection.execute("SELECT time FROM events ORDER BY 1")]
        for moment in moments[len(moments) // 2 :][:1]:
            whole, before, after = (
                sums(connection, each, now)
                for each in (Filters(), Filters(until=moment), Filters(since=moment))
            )
            for key in whole.keys() | before.keys() | after.keys():
                if whole[key] != before[key] + after[key]:
                    parts = f"{before[key]} before {moment} and {after[key]} after it"
                    yield f"whole, parts: {'.'.join(map(str, key))} is {whole[key]}, {parts}"


def _changed(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for section, shown in before.items():
        if section != "generated_at" and shown != after[section]:
            yield f"{section} changes: {_difference(shown, after[section])}"


def _difference(before: Any, after: Any) -> str:
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        before, after = pairs[0]
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in before if before[name] != after.get(name)]
        return ", ".join(f"{name} {before[name]} → {after.get(name)}" for name in names)
    return f"{before} → {after}"


def _compared(name: str, report: dict[str, Any], counts: Counts) -> Iterator[str]:
    for column, expected in counts.coverage().items():
        if report["coverage"][column] != expected:
            yield f"{name}: coverage.{column} is {report['coverage'][column]}, should be {expected}"
    expected_rows = {
        "tools": counts.tools(),
        "models": counts.models(),
        "sessions": counts.sessions_rows(),
        "skills": counts.skills(),
        "iterations": counts.iterations(),
        "edits": counts.edits(),
        "rlm": counts.rlm(),
        "intents": counts.intents(),
        "confusion": counts.confusion(),
    }
    for section, expected in expected_rows.items():
        yield from _compared_rows(f"{name}: {section}", section, report[section], expected)


def _compared_rows(
    where: str, section: str, rows: list[dict[str, Any]], expected: dict[Any, dict[str, Any]]
) -> Iterator[str]:
    names = _KEYS[section]
    found = {tuple(row[name] for name in names): row for row in rows}
    should = {key if isinstance(key, tuple) else (key,): row for key, row in expected.items()}
    for key in sorted(should.keys() | found.keys(), key=str):
        if key not in found:
            yield f"{where} {key}: no row, should have {should[key]}"
        elif key in should:
            for column, value in should[key].items():
                if not _equal(found[key][column], value):
                    yield f"{where} {key}: {column} is {found[key][column]}, should be {value}"
        elif section not in ("iterations", "skills"):
            # Those two may have rows of what is not counted here.
            yield f"{where} {key}: has a row and should have none: {found[key]}"


def _equal(found: Any, value: Any) -> bool:
    if isinstance(value, float) and isinstance(found, int | float):
        # Times since the epoch are whole ms to less than a thousandth in a float.
        return isclose(found, value, rel_tol=1e-6, abs_tol=1e-9)
    return bool(found == value)


def smallest(pieces: list[Piece]) -> list[Piece]:
    """The fewest of these pieces that still disagree, as far as leaving some out finds them."""
    size = max(1, len(pieces) // 2)
    while size:
        at = 0
        while at < len(pieces):
            fewer = pieces[:at] + pieces[at + size :]
            if disagreements(fewer):
                pieces = fewer
            else:
                at += size
        size //= 2
    return pieces
