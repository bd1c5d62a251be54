"""One section as CSV, for spreadsheets and other programs.

The columns are the fields of the row model, unknown is empty, times are ms since the epoch. A text
that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises. So does
what comes behind a semicolon, by which a spreadsheet separates columns where the decimal separator
is a comma; such a text is quoted, too.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from ...errors import FormError
from ...visible import visible
from ..build import Report
from ..sections import SECTIONS

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEHIND_SEPARATOR = re.compile(r"(;[\s\"']*)(?=[=+\-@＝＋－＠])")
_QUOTED = re.compile(r"[\",;\r\n]")


def to_csv(report: Report, part: str | None = None) -> str:
    """The rows of a section, with a line of headings.

    Args:
        report: of one section, or the overview if a part is named.
        part: which rows, where there are several (``best_formats``); None is the section's own.

    Raises:
        FormError: when no part is named of the overview, or there is no such part.
    """
    key = part or report.section
    if key is None:
        raise FormError("CSV holds one section; name it: " + ", ".join(SECTIONS))
    if key not in report.parts:
        name = report.section or "the overview"
        raise FormError(f"no part {key!r} in {name}; there are {', '.join(report.parts)}")
    row = next(each.parts[key].row for each in SECTIONS.values() if key in each.parts)
    names = [field.name for field in fields(row)]
    lines = [names, *([_cell(getattr(row, name)) for name in names] for row in report.parts[key])]
    return "".join(",".join(map(_written, line)) + "\n" for line in lines)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        value = "; ".join(f"{key} {many}" for key, many in value.items())
    if isinstance(value, list):
        value = "; ".join(value)
    if not isinstance(value, str):
        return value
    formula = value.lstrip(" ").startswith(_FORMULA)
    return ("'" if formula else "") + _BEHIND_SEPARATOR.sub(r"\1'", visible(value))


def _written(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    if not _QUOTED.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
