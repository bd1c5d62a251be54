"""What a comparison found, in words: the verdict of its first line, and each change in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from ....visible import visible
from ... import figures
from ...difference import LEAST_SESSIONS
from .rows import CompareRow, Measure, Metric

_LABELS: dict[Metric, str] = {
    "window_duration": "time in skill",
    "window_tokens": "tokens in skill",
    "window_failed_calls": "failed calls",
}
"""Shorter names of some metrics, for users."""

# Of whom, when it is more, when it is less; of durations and tokens without the percentage.
_PHRASES: dict[Metric, tuple[str, str, str]] = {
    "success": ("runs", "succeed more often", "succeed less often"),
    "duration": ("runs", "take {} more time", "take {} less time"),
    "tokens": ("runs", "use {} more tokens", "use {} fewer tokens"),
    "iterations": ("runs", "need {} more iterations", "need {} fewer iterations"),
    "retries": ("runs", "need {} more retries", "need {} fewer retries"),
    "window_duration": ("loads", "keep the skill active {} longer", "keep it active {} shorter"),
    "window_tokens": ("loads", "are followed by {} more tokens", "are followed by {} fewer tokens"),
    "window_failed_calls": (
        *("loads", "are followed by {} more failed calls"),
        "are followed by {} fewer failed calls",
    ),
    "edit_success": ("edits", "succeed more often", "succeed less often"),
    "edit_first_try": (
        *("edits", "are right at the first try more often"),
        "are right at the first try less often",
    ),
    "edit_duration": ("edits", "take {} more time", "take {} less time"),
    "edit_tokens": ("edits", "use {} more tokens", "use {} fewer tokens"),
}
_YEAR_MS = 330 * 86_400_000  # a day and a month name no other day within it


def label(row: CompareRow) -> str:
    """The metric's name."""
    return _LABELS.get(row.metric, row.metric.replace("_", " "))


def value(row: CompareRow, number: float | None) -> str:
    """What the metric is on one side."""
    if row.measure == "difference":
        return figures.share(number)
    if row.metric.endswith("duration"):
        return figures.duration(number)
    if row.metric.endswith("tokens"):
        return figures.amount(number)
    return figures.mean(number)


def change(row: CompareRow, number: float | None, unit: str = "") -> str:
    """What the sides differ by: points of a rate, a difference of means, else percent."""
    if number is None:
        return figures.UNKNOWN
    if row.measure == "mean difference":
        written = f"{number:+.1f}" if abs(number) >= 0.05 or number == 0 else f"{number:+.2f}"
        return written.replace("-", "−")
    if row.measure == "ratio":
        number, unit = number - 1, "%"
    return f"{number * 100:+,.0f} {unit}".strip().replace("-", "−")


def interval(row: CompareRow) -> str:
    """Of the change: +22 to +31."""
    if row.low is None or row.high is None:
        return figures.UNKNOWN
    return f"{change(row, row.low).removesuffix(' %')} to {change(row, row.high)}"


def values(row: CompareRow) -> str:
    """Both sides: 62 → 89 %."""
    before, after = value(row, row.before), value(row, row.after)
    if row.measure == "difference" and row.after is not None:
        before = before.removesuffix(" %")
    return f"{before} → {after}"


def found(row: CompareRow, *, bounds: bool) -> str:
    """A change: ``succeed more often (62 → 89 %)``.

    Of a row that has a difference; `bounds` adds the interval.
    """
    size = row.difference or 0.0
    neutral = 1.0 if row.measure == "ratio" else 0.0
    _, more, less = _PHRASES[row.metric]
    text = more if size > neutral else less
    if row.measure == "difference":
        inside = values(row) + (f", {interval(row)} points" if bounds else "")
        return f"{text} ({inside})"
    text = text.format(change(row, size).lstrip("+−"))
    return f"{text} ({interval(row)})" if bounds else text


def subject(row: CompareRow) -> str:
    """Of whom a change is: runs, loads or edits."""
    return _PHRASES[row.metric][0]


def all_found(rows: Iterable[CompareRow], *, bounds: int = 0) -> str:
    """Changes in a sentence without its full stop: ``runs succeed … and take …, edits …``.

    `bounds` of the first have their interval.
    """
    by_subject: dict[str, list[str]] = {}
    for at, row in enumerate(rows):
        by_subject.setdefault(subject(row), []).append(found(row, bounds=at < bounds))
    return "; ".join(f"{about} {listed(said)}" for about, said in by_subject.items())


def verdict(rows: Sequence[CompareRow]) -> str:
    """The first line: ``BETTER. Runs succeed more often (…) and take … Nothing is worse …``."""
    primary = next((row for row in rows if row.primary), rows[0])
    changed = {
        which: [row for row in rows if row.verdict == which and row is not primary]
        for which in ("better", "worse")
    }
    if primary.verdict in ("better", "worse"):
        other = "worse" if primary.verdict == "better" else "better"
        sentence = _sentence(all_found([primary, *changed[primary.verdict]], bounds=1))
        more = f"{other.capitalize()}: {all_found(changed[other])}."
        more = more if changed[other] else f"Nothing is clearly {other}."
        return f"{primary.verdict.upper()}. {sentence}. {more}"
    text = _same(primary) if primary.verdict == "same" else _unknown(primary)
    for which, of_which in changed.items():
        text += f" {which.capitalize()}: {all_found(of_which)}." if of_which else ""
    return text


def _same(row: CompareRow) -> str:
    said = f"{_sentence(label(row))} {values(row)}, {_bounds(row)}"
    return f"SAME (within {tenth(row.measure)}). {said}."


def _unknown(row: CompareRow) -> str:
    said = f"CAN'T TELL YET. {_sentence(label(row))} {values(row)}"
    before, after, name = _units(row)
    if row.low is None and min(before, after) < LEAST_SESSIONS:
        so_far = f"{before:,}, {after:,} so far"
        return f"{said}; a verdict needs {LEAST_SESSIONS:.0f} {name} on each side ({so_far})."
    if row.low is None and row.people_before is not None:
        return (
            f"{said}; most runs are of a few of the {before:,} and {after:,} people, and a verdict "
            f"needs {LEAST_SESSIONS:.0f} on each side who have about as many."
        )
    if row.low is not None:
        said += f", {_bounds(row)}"
    if row.people_needed is not None:
        more = f"{figures.about(row.people_needed)} more people"
        return f"{said}; about {more} would show a change of {tenth(row.measure)}."
    if row.runs_needed is not None:
        more = f"{figures.about(row.runs_needed)} more {subject(row)}"
        return f"{said}; about {more} would show a change of {tenth(row.measure)}."
    if row.at_best is None or (row.at_best > 1 and row.measure == "difference"):
        return f"{said}."
    least = change(row, row.at_best, "points").lstrip("+")
    return f"{said}; after {row.sessions_before:,} sessions no change below {least} will ever show."


def units(row: CompareRow, side: Literal["before", "after"]) -> str:
    """What is counted on a side: ``40 sessions``, or of several people ``12 people``."""
    before, after, name = _units(row)
    many = before if side == "before" else after
    return f"{many:,} {'person' if (name, many) == ('people', 1) else name}"


def _units(row: CompareRow) -> tuple[int, int, str]:
    if row.people_before is not None and row.people_after is not None:
        return row.people_before, row.people_after, "people"
    return row.sessions_before, row.sessions_after, "sessions"


def _bounds(row: CompareRow) -> str:
    return f"{interval(row)} points" if row.measure == "difference" else interval(row)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def sides(rows: Sequence[CompareRow]) -> str:
    """What is compared: ``version 86a3 (since 1 Jul) against ed2f (24 Nov – 1 Jul)``."""
    spans = {side: _span(rows, side) for side in ("before", "after")}
    ends = [each for span in spans.values() if span for each in span]
    short = bool(ends) and max(ends) - min(ends) < _YEAR_MS
    before, after = rows[0].side_before, rows[0].side_after
    length = _least_different(before, after)
    named = [
        _side(rows[0], side, name, length, spans[side], short=short)
        for side, name in (("after", after), ("before", before))
    ]
    by_version = all(map(_is_version, (before, after)))
    return f"{'version ' if by_version else ''}{named[0]} against {named[1]}"


def _is_version(name: str | None) -> bool:
    return name is not None and len(name) == figures.VERSION_LENGTH and " " not in name


def _least_different(before: str | None, after: str | None) -> int:
    """How many characters set two versions apart, 4 at least."""
    if before is None or after is None:
        return figures.VERSION_LENGTH
    same = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    return max(4, same + 1)


def _span(rows: Iterable[CompareRow], side: str) -> tuple[int, int] | None:
    begins = [each for row in rows if (each := getattr(row, f"first_{side}")) is not None]
    ends = [each for row in rows if (each := getattr(row, f"last_{side}")) is not None]
    return (min(begins), max(ends)) if begins and ends else None


def _side(
    row: CompareRow,
    side: str,
    name: str | None,
    length: int,
    span: tuple[int, int] | None,
    *,
    short: bool,
) -> str:
    if name is None:
        return figures.UNKNOWN
    version = _is_version(row.side_before) and _is_version(row.side_after)
    shown = visible(name[:length] if version else name)
    if span is None:
        return f"{shown} (nothing is known of it)"
    if " " in name:
        return shown  # a period says when it was
    first, last = (figures.day(each) for each in span)
    if short:
        first, last = (each[: -len(" 2026")] for each in (first, last))
    if side == "after" and version:
        return f"{shown} (since {first})"
    return f"{shown} ({first} – {last})" if first != last else f"{shown} ({first})"


def tenth(measure: Measure) -> str:
    """The change that matters, of a rate in points."""
    return "10 points" if measure == "difference" else "10 %"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def logarithm(ratio: float) -> float:
    """Of a ratio, whatever it is."""
    return math.log(max(ratio, 1e-9))
