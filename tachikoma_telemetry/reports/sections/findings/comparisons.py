"""Findings that chance could make: all comparisons that were looked at are tested together.

No reader asked for a particular one, so the level is 0.1 %: of a thousand histories in which
nothing differs, one has such a finding, however often it is looked at (`confidence_sequence`).
Holm's method shares the level among all comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ....visible import visible
from ....words import counted
from ... import figures
from ...confidence_sequence import holm
from ...difference import Squares, p_of_rate
from ..compare import wording as words
from ..compare.rows import CompareRow
from ..compare.verdicts import VersionChange
from ..edits.rows import FormatPairRow
from ..rlm.rows import ChunkEdgeRow
from ..rlm.section import edge_in_words
from .counts import Command, intervals
from .rows import FindingRow, Level

ALPHA = 0.001

SUCCESS_LIMIT = 0.7
"""A skill that succeeds less often is named: the limit of `check`, unless another one is set."""

_NAMED = 3


class SkillLevel(NamedTuple):
    """The success of one skill.

    Attributes:
        skill: its name; None for runs that gave none.
        n: runs that ended.
        rate: those that succeeded, 0–1.
        chance: how often chance gets so far from the limit at any time.

    """

    skill: str | None
    n: int
    rate: float
    chance: float


def skill_levels(records: Iterable[Mapping[str, Any]], limit: float) -> list[SkillLevel]:
    """The success of each skill against a limit; `records` are those of success_sums.sql."""
    return [
        SkillLevel(
            each["skill"],
            each["n"],
            each["total"] / each["n"],
            p_of_rate(
                *(each["n"], each["total"]),
                Squares(*(each[name] for name in ("sessions", "tt", "tn", "nn"))),
                limit,
            ),
        )
        for each in records
    ]


def differences(
    tested_changes: Sequence[VersionChange],
    tested_pairs: Sequence[FormatPairRow],
    tested_edges: Sequence[ChunkEdgeRow],
    tested_levels: Sequence[SkillLevel],
    command: Command,
) -> Iterator[FindingRow]:
    """What differs beyond chance: versions of a skill, skills that fail, formats, chunk sizes.

    All that was looked at is tested: versions, formats of a model, sizes, and each skill's success
    against the limit.
    """
    p_values = [
        *(change.p for change in tested_changes),
        *(pair.chance for pair in tested_pairs),
        *(edge.chance for edge in tested_edges),
        *(level.chance for level in tested_levels),
    ]
    found = iter(holm(p_values, ALPHA))
    changes = [(change, *next(found)) for change in tested_changes]
    rows = [change.row(level) for change, falls, level in changes if falls]
    pairs = [(pair, next(found)[0]) for pair in tested_pairs]
    edges = [edge for edge in tested_edges if next(found)[0]]
    levels = [each for each in tested_levels if next(found)[0] and each.rate < SUCCESS_LIMIT]
    better_now = {row.skill for row in rows if row.metric == "success" and _is_good_now(row)}
    levels = [each for each in levels if each.skill not in better_now]
    for skill, of_skill in groupby(rows, key=lambda row: row.skill):
        yield _change(skill, [*of_skill], command)
    yield from _least(levels, command)
    for model, of_model in groupby(pairs, key=lambda each: each[0].model):
        yield from _formats(model, [*of_model], command)
    for edge in sorted(edges, key=lambda edge: edge.chance)[:1]:
        yield _chunks(edge, command)


def _is_good_now(row: CompareRow) -> bool:
    return row.verdict == "better" and (row.after or 0.0) >= SUCCESS_LIMIT


def _least(levels: Sequence[SkillLevel], command: Command) -> Iterator[FindingRow]:
    """One finding of all skills that succeed too seldom, the worst first."""
    if not levels:
        return
    worst = sorted(levels, key=lambda each: each.rate)
    shown = [visible(each.skill) if each.skill else "runs of no skill" for each in worst[:_NAMED]]
    names = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
    verb = "succeeds" if len(shown) == 1 else "succeed"
    rates = ", ".join(figures.share_of(each.rate, each.n) for each in worst[:_NAMED])
    more = f" and {len(worst) - _NAMED:,} more skills" if len(worst) > _NAMED else ""
    yield FindingRow(
        *("bad", "succeeds least", worst[0].skill if len(worst) == 1 else None, None),
        f"{names} {verb} least: {rates}{more}",
        f"below {figures.share(SUCCESS_LIMIT)}, 99.9 % over all comparisons; "
        + intervals((round(each.rate * each.n), each.n) for each in worst[:_NAMED]),
        command("skills", skill=worst[0].skill if len(worst) == 1 else None),
    )


def _chunks(edge: ChunkEdgeRow, command: Command) -> FindingRow:
    text = edge_in_words(edge)
    sizes = [(edge.above_failed, edge.above), (edge.below_failed, edge.below)]
    return FindingRow(
        *("warning", "chunk size", None, None),
        text[0].lower() + text[1:],
        f"{edge.above:,} and {edge.below:,} chunks; 99.9 % over all comparisons; "
        + intervals(sorted(sizes, key=lambda each: -each[0] / each[1])),
        command("rlm"),
    )


def _change(skill: str | None, rows: list[CompareRow], command: Command) -> FindingRow:
    verdicts = {row.verdict for row in rows}
    worse = "worse" in verdicts
    word = "changed for better and worse" if len(verdicts) > 1 else f"got {rows[0].verdict}"
    since = min((row.first_after for row in rows if row.first_after is not None), default=None)
    first = max(rows, key=lambda row: row.primary)
    others = [row for row in rows if row is not first]
    sentence = words.all_found([first, *others][:2], bounds=2)
    version = f" with its version of {figures.day(since)}" if since is not None else ""
    level: Level = "bad" if worse else "good"
    return FindingRow(
        *(level, "change", skill, None),
        f"{visible(skill) if skill else 'runs of no skill'} {word}{version}: {sentence}",
        f"{counted(first.n_after, 'run')} in {words.units(first, 'after')} against "
        f"{first.n_before:,} in {words.units(first, 'before')}; 99.9 % over all comparisons",
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
        rivals = ", ".join(f"{visible(pair.other)} {_of_other(pair)}" for pair in found[:2])
        text = f"use {visible(best)} with {about}: {_rate(first)} right at the first try, {rivals}"
    else:
        first = max(ahead, key=lambda pair: pair.lead)
        text = f"avoid {visible(first.other)} with {about}: {_of_other(first)} right at the first "
        text += f"try, {visible(first.format)} {_rate(first)} of {first.edits:,}"
    yield FindingRow(
        *("bad", "best format", None, model),
        text + _lead(first),
        f"{figures.count(first.edits)} edits in {first.sessions:,} sessions against "
        f"{first.other_edits:,} in {first.other_sessions:,}{_people(first)}; 99.9 % over all "
        "comparisons",
        command("edits", model=model),
    )


def _lead(pair: FormatPairRow) -> str:
    if pair.lead_low is None or pair.lead_high is None:
        return ""
    low, lead, high = (each * 100 for each in (pair.lead_low, pair.lead, pair.lead_high))
    text = f" ({lead:+.0f} points, 95 %: {low:+.0f} to {high:+.0f})"
    return text.replace("-", "−")


def _people(pair: FormatPairRow) -> str:
    return f", of {pair.people:,} and {pair.other_people:,} people" if pair.people else ""


def _rate(pair: FormatPairRow) -> str:
    return figures.share(pair.first_tries / pair.edits)


def _of_other(pair: FormatPairRow) -> str:
    return figures.share_of(pair.other_first_tries / pair.other_edits, pair.other_edits)
