"""The report as JSON: ``{"schema": "tachikoma.report/1", …}``.

Keys are in the order of the contract: what the document is, what it is about, how much of the
history it covers, then the rows. Null is unknown.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from ...visible import visible
from ..build import SCHEMA, Report


def to_json(report: Report) -> bytes:
    """The report as an indented JSON document that ends with a line break."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return _harmless(orjson.dumps(_document(report), option=options))


def _harmless(document: bytes) -> bytes:
    """The same document, which does nothing when it is looked at.

    JSON has to escape only some controls: the C1 ones, which terminals obey, and characters that
    reverse the reading direction could be in it as they are.
    """
    if document.isascii() and b"\x7f" not in document:
        return document
    text = document.decode()
    acting = (each for each in set(text) if each != "\n" and visible(each) != each)
    return text.translate({ord(each): json.dumps(each)[1:-1] for each in acting}).encode()


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
