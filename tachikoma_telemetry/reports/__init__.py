"""Reports: what the unified store says, section by section.

    from tachikoma_telemetry import reports

    report = reports.build(connection, "edits", reports.Filters(model="glm-4.7"))
    for row in report.parts["best_formats"]:
        print(row.model, row.format, row.evidence)

A section is a .sql file that defines its columns, a row model that names their types, and an entry
in `sections`. Reading the rows needs the standard library only; the forms are modules of their own:
`as_json`, `as_csv`, `as_markdown`, and `as_table`, the only one that imports rich.
"""

from ..errors import UnknownSectionError
from .best import best_format
from .build import MINIMUM_ATTEMPTS, Report, build
from .errors import FormError, UnknownSessionError
from .filters import Filters
from .sections import SECTIONS, Section

__all__ = [
    "MINIMUM_ATTEMPTS",
    "SECTIONS",
    "Filters",
    "FormError",
    "Report",
    "Section",
    "UnknownSectionError",
    "UnknownSessionError",
    "best_format",
    "build",
]
