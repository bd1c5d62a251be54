"""The rows of a report as typed objects: one dataclass a section, each field with its meaning."""

from .meaning import Meaning
from .sections.check.rows import CrossedRow
from .sections.compare.rows import CompareRow
from .sections.edits.rows import BestFormatRow, EditRow
from .sections.intents.rows import CalibrationRow, ConfusionRow, IntentRow
from .sections.iterations.rows import IterationRow
from .sections.legacy.rows import LegacyRow
from .sections.overview.rows import Coverage, Totals
from .sections.patterns.rows import ErrorRow, PatternRow, SkillOrderRow
from .sections.rlm.rows import ChunkSizeRow, RlmRow
from .sections.sessions.rows import CallRow, ModelRow, SessionRow, ToolRow
from .sections.skills.rows import OutsideWindowsRow, SkillRow
from .sections.tools.durations import RunDurationRow, ToolDurationRow
from .sections.trend.rows import TrendRow
from .sections.unused.rows import UnusedRow

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
