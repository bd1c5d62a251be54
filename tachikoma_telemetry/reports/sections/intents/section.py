"""The section `intents`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, bar, faults, interval, name
from ...section import Section, part
from .rows import CalibrationRow, ConfusionRow, IntentRow

_MISTAKES_SHOWN = 5


_COLUMNS = [
    Column("intent", name, "intent", "strong", right=False, shrink=14),
    Column("classified", figures.count, "classified"),
    Column("right when routed", figures.share_of, ("right_rate", "routed")),
    Column("95 %", interval, ("right_low", "right_high"), drop=2),
    Column("found", figures.share_of, ("found_rate", "actual")),
    Column("", bar, "found_rate", drop=4, bar=True),
    Column("confidence", figures.share, "confidence_mean", drop=3),
    Column("asked the user", figures.share_of, ("escalation_rate", "escalation_n"), drop=1),
]


def _bin(row: CalibrationRow) -> Cell:
    return Cell(f"{row.confidence_low:.1f}–{row.confidence_high:.1f}")


def _gap(row: CalibrationRow) -> Cell:
    gap = (row.confidence_mean - row.accuracy) * 100
    points = figures.Figure(f"{gap:+.0f} points".replace("-", "−"), gap)
    # Beyond chance only when the stated mean is outside of the interval.
    off = not row.accuracy_low <= row.confidence_mean <= row.accuracy_high
    return Cell(points, "doubtful" if off else "plain")


_CALIBRATION = [
    Column("stated confidence", _bin, right=False),
    Column("labelled", figures.count, "n"),
    Column("right", figures.share, "accuracy"),
    Column("", bar, "accuracy", drop=2, bar=True),
    Column("95 %", interval, ("accuracy_low", "accuracy_high"), drop=1),
    Column("stated − right", _gap, drop=1),
]

# More intents than this make a grid too wide for a terminal.
_GRID_MAX = 12


def answer(rows: Sequence[IntentRow]) -> list[Block]:
    """How often the router was right, in one sentence."""
    classified = sum(row.classified for row in rows)
    labelled = sum(row.labelled for row in rows)
    routed, right = sum(row.routed for row in rows), sum(row.routed_right for row in rows)
    text = f"{counted(classified, 'request')} classified, "
    if labelled:
        text += f"{right:,} of {routed:,} routed ones right"
        text += f" ({figures.share(right / routed)})" if routed else ""
        text += "" if routed == classified else ", as far as the truth is known"
    else:
        text += "none labelled: `tachikoma-telemetry log label ID --actual …` records the truth"
    asked, known = sum(r.escalated or 0 for r in rows), sum(r.escalation_n for r in rows)
    text += f"; the user was asked in {asked:,} of {known:,}" if known else ""
    return [Sentence(text + ".")]


def mistakes(rows: Sequence[ConfusionRow], most: int) -> list[Block]:
    """What was taken for what, in one sentence; who asks the user takes nothing for something."""
    wrong = [row for row in rows if row.actual != row.predicted and row.count > row.asked]
    if not wrong:
        return []
    wrong.sort(key=lambda row: row.asked - row.count)
    shown = ", ".join(f"{_pair(row)} {row.count - row.asked:,}" for row in wrong[:most])
    more = f", and {len(wrong) - most:,} other pairs" if len(wrong) > most else ""
    return [Sentence(f"Taken for something else (true → routed): {shown}{more}.")]


def _pair(row: ConfusionRow) -> str:
    return f"{visible(row.actual)} → {name(row.predicted).text}"


def grid(rows: Sequence[ConfusionRow]) -> list[Block]:
    """The confusion matrix, where it is small enough to be read."""
    seen: dict[str | None, int] = {}
    for row in rows:
        for each in (row.actual, row.predicted):
            seen[each] = seen.get(each, 0) + row.count
    if not rows or len(seen) > _GRID_MAX:
        return []
    intents = sorted(seen, key=lambda each: (-seen[each], each or ""))
    counts: dict[tuple[str | None, str | None], int] = {
        (row.actual, row.predicted): row.count - row.asked for row in rows
    }
    asked: Counter[str] = Counter()
    for row in rows:
        asked[row.actual] += row.asked
    columns: list[Column] = [
        Column("", lambda actual: name(actual, "strong"), right=False, shrink=10),
        *(_routed_to(predicted, counts) for predicted in intents),
        *([_asked(asked)] if asked.total() else []),
    ]
    actual = {row.actual for row in rows}
    return [
        Heading("confusion: true intents down, routed ones across"),
        Sheet(columns, [each for each in intents if each is not None and each in actual]),
    ]


def _asked(asked: Mapping[str, int]) -> Column:
    return Column("asked", lambda actual: faults(asked[actual], "doubtful"))


def _routed_to(
    predicted: str | None, counts: Mapping[tuple[str | None, str | None], int]
) -> Column:
    def cell(actual: str) -> Cell:
        many = counts.get((actual, predicted), 0)
        if not many:
            return Cell("·", "faint")
        return Cell(figures.count(many), "good" if actual == predicted else "bad")

    return Column(name(predicted).text, cell, shrink=4, mention=True)


def calibration(rows: Sequence[CalibrationRow]) -> list[Block]:
    """Stated confidence against what was observed."""
    if not rows:
        return []
    return [Heading("calibration"), Sheet(_CALIBRATION, rows)]


SECTION: Section[None] = Section(
    name="intents",
    question="how often routing is right, what is taken for what, and what its confidence is worth",
    parts={
        "intents": part(__package__, "intents", IntentRow),
        "confusion": part(__package__, "confusion", ConfusionRow),
        "calibration": part(__package__, "calibration", CalibrationRow, in_brief=False),
    },
    blocks=lambda parts: [
        *answer(parts["intents"]),
        *mistakes(parts["confusion"], most=_MISTAKES_SHOWN),
        Sheet(_COLUMNS, parts["intents"]),
        *grid(parts["confusion"]),
        *calibration(parts["calibration"]),
    ],
    brief=lambda parts: [
        *answer(parts["intents"]),
        *mistakes(parts["confusion"], most=_MISTAKES_SHOWN),
    ],
    size=lambda parts: sum(row.classified for row in parts["intents"]),
    empty="No request was classified yet: `run.intent(name, confidence=…)` records it.",
    columns=(*_COLUMNS, *_CALIBRATION),
    headings={
        "found": "requests routed to it, of all those whose true intent it is",
        "asked": "requests where the user was asked, so none was routed",
        "stated confidence": "range of the confidence that the router stated",
        "labelled": "requests in that range whose truth is known",
        "right": "how many of these were right",
        "stated − right": "mean stated confidence less the share that was right",
    },
)
