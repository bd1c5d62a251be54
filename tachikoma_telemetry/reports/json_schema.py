"""The JSON Schema of a report, made from the row models. Imports pydantic, which is slow."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from .build import SCHEMA
from .sections import SECTIONS
from .sections.overview.rows import Coverage, Totals
from .selection.filters import Filters

_REFERENCE = "#/$defs/{model}"


def report_schema() -> dict[str, Any]:
    """The schema of the document that `to_json` writes.

    Every key of a section is optional, for a report holds one section or the overview; within a row
    every field is required, and unknown is null.
    """
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {
        "schema": {"const": SCHEMA},
        "generated_at": {
            "type": "integer",
            "minimum": 0,
            "description": "when it was made, ms since the epoch",
        },
        "filters": _define(Filters, definitions),
        "coverage": _define(Coverage, definitions),
        "totals": _define(Totals, definitions),
    }
    for section in SECTIONS.values():
        for key, part in section.parts.items():
            items = _define(part.row, definitions)
            properties[key] = {"type": "array", "items": items}
    return {
        "type": "object",
        "properties": properties,
        "required": ["schema", "generated_at", "filters", "coverage"],
        "$defs": definitions,
    }


def _define(model: type[Any], definitions: dict[str, Any]) -> dict[str, str]:
    """Put a row model's schema into `definitions`; returns the reference to it."""
    schema = TypeAdapter(model).json_schema(ref_template=_REFERENCE, mode="serialization")
    definitions.update(schema.pop("$defs", {}))
    schema["required"] = list(schema["properties"])
    definitions[model.__name__] = schema
    return {"$ref": _REFERENCE.format(model=model.__name__)}
