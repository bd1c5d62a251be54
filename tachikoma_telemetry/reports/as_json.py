"""The report as JSON: ``{"schema": "tachikoma.report/1", …}``.

Keys stand in the order of the contract: what the document is, what it is about, how much of the
history it covers, then the rows. Null is unknown.
"""

from __future__ import annotations

from typing import Any

import orjson

from .build import Report

SCHEMA = "tachikoma.report/1"


def to_json(report: Report) -> bytes:
    """The report as an indented JSON document that ends with a line break."""
    return orjson.dumps(_document(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _document(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "generated_at": report.generated_at,
        "filters": report.filters,
        "coverage": report.coverage,
    }
    if report.totals is not None:
        document["totals"] = report.totals
    return document | report.parts
