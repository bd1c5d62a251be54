"""Reports: what the unified store says, section by section.

    from tachikoma_telemetry import reports

    report = reports.build(connection, "edits", reports.Filters(model="glm-4.7"))
    for row in report.parts["best_formats"]:
        print(row.model, row.format, row.evidence)

A section is a folder in `sections`: its .sql files, the row models that define their columns, how
users read them, and a `Section` that holds these together. A form is a module and a line in
`forms`. Reading the rows needs the standard library only; of the forms, the table alone imports
rich.
"""

from ..errors import (
    ComparisonError,
    ConfigError,
    FormError,
    UnknownNameError,
    UnknownSectionError,
    UnknownSessionError,
)
from ..opencode.installed import InstalledSkill, find_installed
from .build import MINIMUM_ATTEMPTS, Report, build
from .format_choice import best_format
from .section import Section
from .sections import SECTIONS
from .sections.check.thresholds import Thresholds, read_thresholds
from .sections.compare.comparison import Comparison
from .sections.trend.calendar import Calendar
from .sections.unused.section import Installed
from .selection.filters import Filters
from .skill_usage import Skill, SkillUsage, get_session_skills, get_skill_usage_stats

__all__ = [
    "MINIMUM_ATTEMPTS",
    "SECTIONS",
    "Calendar",
    "Comparison",
    "ComparisonError",
    "ConfigError",
    "Filters",
    "FormError",
    "Installed",
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
