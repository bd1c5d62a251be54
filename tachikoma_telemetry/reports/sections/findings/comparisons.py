"""Findings that chance could make: all comparisons that were looked at are tested together.

No reader asked for a particular one, so the level is 0.1 %: of a thousand histories in which
nothing differs, one has such a finding, however often it is looked at (`confidence_sequence`).
Holm's method shares the level among all comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ....visible import visible
from ....words import counted
from ... import figures
from ...confidence_sequence import holm
from ..compare.rows import CompareRow
from ..compare.sheet import in_words
from ..compare.verdicts import Look
from ..edits.rows import FormatPairRow
from .facts import Command
from .rows import FindingRow, Level

ALPHA = 0.001


def compared(
    looks: Sequence[Look], pairs: Sequence[FormatPairRow], command: Command
) -> Iterator[FindingRow]:
    """What differs between two versions of a skill, and which edit format is the best.

    Args:
        looks: the comparisons of versions.
        pairs: those of edit formats, by model.
        command: makes the command behind a finding.

    """
    found = holm([look.p for look in looks] + [pair.chance for pair in pairs], ALPHA)
    rows = [look.row(level) for look, (falls, level) in zip(looks, found, strict=False) if falls]
    for skill, of_skill in groupby(rows, key=lambda row: row.skill):
        yield _change(skill, [*of_skill], command)
    tested = zip(pairs, found[len(looks) :], strict=True)
    for model, of_model in groupby(tested, key=lambda each: each[0].model):
        yield from _formats(model, [(pair, falls) for pair, (falls, _) in of_model], command)


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


def _formats(
    model: str | None, tested: Sequence[tuple[FormatPairRow, bool]], command: Command
) -> Iterator[FindingRow]:
    """The format that is ahead of all others; without one, the worst that is behind another."""
    best = tested[0][0].format  # the highest rate
    ahead = [pair for pair, falls in tested if falls and pair.lead > 0]
    if not ahead:
        return
    about = visible(model) if model is not None else "unknown models"
    if all(falls for pair, falls in tested if pair.format == best):
        found = [pair for pair in ahead if pair.format == best]
        found.sort(key=lambda pair: -pair.lead)
        first = found[0]
        others = " or ".join(_other(pair) for pair in found[:2])
        text = f"use {visible(best)} ({_rate(first)} right at the first try), not {others}"
    else:
        first = max(ahead, key=lambda pair: pair.lead)
        text = f"not {_other(first)} right at the first try; {visible(first.format)}: "
        text += f"{_rate(first)} of {first.edits:,}"
    yield FindingRow(
        *("bad", "best format", None, model),
        f"{about}: {text}",
        f"{figures.count(first.edits)} edits in {first.sessions:,} sessions against "
        f"{first.other_edits:,} in {first.other_sessions:,}; 99.9 % over all comparisons",
        command("edits", model=model),
    )


def _rate(pair: FormatPairRow) -> str:
    return figures.share(pair.first_tries / pair.edits)


def _other(pair: FormatPairRow) -> str:
    rate = figures.share_of(pair.other_first_tries / pair.other_edits, pair.other_edits)
    return f"{visible(pair.other)} ({rate})"
