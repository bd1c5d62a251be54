"""Reports: what the unified store says, section by section.

    from tachikoma_telemetry import reports

    report = reports.build(connection, "edits", reports.Filters(model="glm-4.7"))
    for row in report.parts["best_formats"]:
        print(row.model, row.format, row.evidence)

A section is a .sql file that defines its columns, a row model that names their types, and an entry
in `sections`. Reading the rows needs the standard library only; the forms are modules of their own:
`as_json`, `as_csv`, `as_markdown`, `as_table`, the only one that imports rich, and `html`, the only
one that imports Altair.
"""

from ..errors import UnknownSectionError
from ..opencode.installed import InstalledSkill, find_installed
from .asked import Asked
from .best import best_format
from .build import MINIMUM_ATTEMPTS, Report, build
from .dashboard_feed import (
    Skill,
    SkillUsage,
    get_session_skills,
    get_skill_usage_stats,
)
from .errors import (
    ComparisonError,
    ConfigError,
    FormError,
    UnknownNameError,
    UnknownSessionError,
)
from .section import SECTIONS, Section
from .sections.check.thresholds import Thresholds, read_thresholds
from .sections.compare.comparison import Comparison
from .sections.trend.calendar import Calendar
from .selection.filters import Filters

__all__ = [
    "MINIMUM_ATTEMPTS",
    "SECTIONS",
    "Asked",
    "Calendar",
    "Comparison",
    "ComparisonError",
    "ConfigError",
    "Filters",
    "FormError",
    "InstalledSkill",
    "Report",
    "Section",
    "Skill",
    "SkillUsage",
    "Thresholds",
    "UnknownNameError",
    "UnknownSectionError",
    "UnknownSessionError",
    "best_format",
    "build",
    "find_installed",
    "get_session_skills",
    "get_skill_usage_stats",
    "read_thresholds",
]
