"""The rows of a report as typed objects: one dataclass a section, each field with its meaning."""

from .edits import BestFormatRow, EditRow
from .intents import CalibrationRow, ConfusionRow, IntentRow
from .iterations import IterationRow
from .legacy import LegacyRow
from .meaning import Meaning
from .overview import Coverage, Totals
from .rlm import RlmRow
from .skills import SkillRow
from .usage import CallRow, ModelRow, SessionRow, ToolRow

__all__ = [
    "BestFormatRow",
    "CalibrationRow",
    "CallRow",
    "ConfusionRow",
    "Coverage",
    "EditRow",
    "IntentRow",
    "IterationRow",
    "LegacyRow",
    "Meaning",
    "ModelRow",
    "RlmRow",
    "SessionRow",
    "SkillRow",
    "ToolRow",
    "Totals",
]
