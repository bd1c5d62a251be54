"""The section `intents`."""

from ...section import Section, part
from . import sheet
from .rows import CalibrationRow, ConfusionRow, IntentRow

_MISTAKES_SHOWN = 5

SECTION: Section[None] = Section(
    name="intents",
    question="how often routing is right, what is taken for what, and what its confidence is worth",
    parts={
        "intents": part(__package__, "intents", IntentRow),
        "confusion": part(__package__, "confusion", ConfusionRow),
        "calibration": part(__package__, "calibration", CalibrationRow, in_brief=False),
    },
    blocks=lambda parts: [
        *sheet.answer(parts["intents"]),
        *sheet.mistakes(parts["confusion"], most=_MISTAKES_SHOWN),
        *sheet.by_intent(parts["intents"]),
        *sheet.grid(parts["confusion"]),
        *sheet.calibration(parts["calibration"]),
    ],
    brief=lambda parts: [
        *sheet.answer(parts["intents"]),
        *sheet.mistakes(parts["confusion"], most=_MISTAKES_SHOWN),
    ],
    size=lambda parts: sum(row.classified for row in parts["intents"]),
    empty="No request was classified yet: `run.intent(name, confidence=…)` records it.",
    columns=(*sheet.COLUMNS, *sheet.CALIBRATION),
    headings={
        "found": "requests routed to it, of all those whose true intent it is",
        "asked": "requests where the user was asked, so none was routed",
        "stated confidence": "range of the confidence that the router stated",
        "labelled": "requests in that range whose truth is known",
        "right": "how many of these were right",
        "stated − right": "mean stated confidence less the share that was right",
    },
)
