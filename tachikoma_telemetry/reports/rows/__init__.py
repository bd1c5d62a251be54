"""The rows of a report as typed objects: one dataclass a section, each field with its meaning."""

from .compare import CompareRow
from .crossed import CrossedRow
from .durations import RunDurationRow, ToolDurationRow
from .edits import BestFormatRow, EditRow
from .intents import CalibrationRow, ConfusionRow, IntentRow
from .iterations import IterationRow
from .legacy import LegacyRow
from .meaning import Meaning
from .overview import Coverage, Totals
from .patterns import ErrorRow, PatternRow, SkillOrderRow
from .rlm import ChunkSizeRow, RlmRow
from .skills import OutsideWindowsRow, SkillRow
from .trend import TrendRow
from .unused import UnusedRow
from .usage import CallRow, ModelRow, SessionRow, ToolRow

__all__ = [
    "BestFormatRow",
    "CalibrationRow",
    "CallRow",
    "ChunkSizeRow",
    "CompareRow",
    "ConfusionRow",
    "Coverage",
    "CrossedRow",
    "EditRow",
    "ErrorRow",
    "IntentRow",
    "IterationRow",
    "LegacyRow",
    "Meaning",
    "ModelRow",
    "OutsideWindowsRow",
    "PatternRow",
    "RlmRow",
    "RunDurationRow",
    "SessionRow",
    "SkillOrderRow",
    "SkillRow",
    "ToolDurationRow",
    "ToolRow",
    "Totals",
    "TrendRow",
    "UnusedRow",
]
