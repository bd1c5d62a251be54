"""Findings that chance could make: all comparisons that were looked at are tested together.

No reader asked for a particular one, so the level is 0.1 %: of a thousand histories in which
nothing differs, one has such a finding, however often it is looked at (`confidence_sequence`).
Holm's method shares the level among all comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from ....visible import visible
from ....words import counted
from ... import figures
from ...confidence_sequence import holm
from ...difference import Cell, difference_of
from ..compare.rows import CompareRow
from ..compare.sheet import in_words
from ..compare.verdicts import Look
from ..edits.rows import BestFormatRow
from .facts import Command
from .rows import FindingRow, Level

ALPHA = 0.001

FirstTries = tuple[str | None, str, str, int, int]
"""Model, format, session, edits that began with the format, and those that were right at once."""


def compared(
    looks: Sequence[Look],
    best: Iterable[BestFormatRow],
    tries: Iterable[FirstTries],
    minimum: int,
    command: Command,
) -> Iterator[FindingRow]:
    """What differs between two versions of a skill, and which edit format is the best.

    Args:
        looks: the comparisons of versions.
        best: the best format of each model.
        tries: the first attempts of each model, format and session.
        minimum: edits below which a format is not compared.
        command: makes the command behind a finding.

    """
    formats: dict[str | None, dict[str, list[tuple[str, int, int]]]] = {}
    for model, name, unit, n, total in tries:
        formats.setdefault(model, {}).setdefault(name, []).append((unit, n, total))
    leads = [(row, _p_values(row, formats.get(row.model, {}), minimum)) for row in best]
    found = holm([look.p for look in looks] + [p for _, of_row in leads for p in of_row], ALPHA)
    rows = [look.row(level) for look, (falls, level) in zip(looks, found, strict=False) if falls]
    for skill, of_skill in groupby(rows, key=lambda row: row.skill):
        yield _change(skill, [*of_skill], command)
    rest = iter(found[len(looks) :])
    for row, of_row in leads:
        falls = [next(rest)[0] for _ in of_row]
        if row.clear and falls and all(falls):
            yield _format(row, command)


def _p_values(
    row: BestFormatRow, formats: Mapping[str, list[tuple[str, int, int]]], minimum: int
) -> list[float]:
    """How often chance puts the best format so far ahead of each other one; a session is a unit."""
    if row.format is None or row.clear is None:
        return []
    p_values = []
    for other in sorted(formats.keys() - {row.format}):
        if sum(n for _, n, _ in formats[other]) < minimum:
            continue
        cells = [
            Cell(name == row.format, unit, None, n, total)
            for name in (other, row.format)
            for unit, n, total in formats[name]
        ]
        difference = difference_of(cells, rate=True)
        ahead = difference is not None and difference.difference > 0
        p_values.append(difference.p if difference is not None and ahead else 1.0)
    return p_values


def _change(skill: str | None, rows: list[CompareRow], command: Command) -> FindingRow:
    verdicts = {row.verdict for row in rows}
    worse = "worse" in verdicts
    word = "changed for better and worse" if len(verdicts) > 1 else f"got {rows[0].verdict}"
    since = min((row.first_after for row in rows if row.first_after is not None), default=None)
    first = max(rows, key=lambda row: row.primary)
    others = [row for row in rows if row is not first]
    sentence = "; ".join(in_words(row) for row in (first, *others)[:2])
    version = f" with its version of {figures.day(since)}" if since is not None else ""
    level: Level = "bad" if worse else "good"
    return FindingRow(
        *(level, "change", skill, None),
        f"{visible(skill) if skill else 'runs of no skill'} {word}{version}: {sentence}",
        f"{counted(first.n_after, 'run')} in {first.sessions_after:,} sessions against "
        f"{first.n_before:,} in {first.sessions_before:,}; 99.9 % over all comparisons",
        command("compare", skill=skill),
    )


def _format(row: BestFormatRow, command: Command) -> FindingRow:
    """Of a row that is clear, so it has a rival."""
    rival = figures.share((row.rival_first_tries or 0) / (row.rival_edits or 1))
    model = visible(row.model) if row.model is not None else "unknown models"
    return FindingRow(
        *("bad", "best format", None, row.model),
        f"{model}: use {visible(row.format or '')} ({figures.share(row.first_try_rate)} right at "
        f"the first try), not {visible(row.rival or '')} ({rival} of {row.rival_edits or 0:,})",
        row.evidence,
        command("edits", model=row.model),
    )
