"""The JSON Schemas of what we write, made from the definitions that the code itself uses.

Slow to import (pydantic), so only the `schema` command and the tests do.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from .vocabulary import events

Json = dict[str, Any]
Scalar = str | int | float | bool

_Name = Annotated[str, Field(min_length=1, max_length=events.KEY_MAX)]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _annotation(field: events.Field) -> Any:
    """The pydantic type of a field of the event table."""
    bounds: dict[str, Any] = (
        {"ge": field.range.low, "le": field.range.high} if field.range is not None else {}
    )
    if field.choices:
        return Literal[field.choices]
    if field.kind == "text":
        return Annotated[str, Field(min_length=1, max_length=events.TEXT_MAX)]
    if field.kind == "integer":
        return Annotated[int, Field(strict=True, **bounds)]
    if field.kind == "number":
        return Annotated[float, Field(allow_inf_nan=False, **bounds)]
    if field.kind == "flag":
        return Annotated[bool, Field(strict=True)]
    if field.kind == "scalar":
        text = Annotated[str, Field(min_length=1, max_length=events.TEXT_MAX)]
        return Annotated[float, Field(strict=True, allow_inf_nan=False, **bounds)] | text
    if field.kind == "texts":
        return Annotated[list[_Name], Field(max_length=events.LIST_MAX)]
    score = Annotated[float, Field(allow_inf_nan=False, **bounds)]
    return Annotated[dict[_Name, score], Field(max_length=events.LIST_MAX)]


def _field(field: events.Field, annotation: Any) -> tuple[Any, Any]:
    if field.required:
        return annotation, Field(description=field.meaning)
    # Absent when unknown: the schema must not invite nulls, so the default is never written.
    return annotation, Field(default=None, description=field.meaning)


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _event_models() -> dict[str, type[BaseModel]]:
    """A pydantic model for each event type, by its name."""
    models: dict[str, type[BaseModel]] = {}
    for kind, known in events.EVENT_TYPES.items():
        definition: dict[str, Any] = {
            name: _field(field, _annotation(field)) for name, field in events.ENVELOPE.items()
        }
        definition["type"] = (Literal[kind], Field(description=events.ENVELOPE["type"].meaning))
        definition |= {
            name: _field(field, _annotation(field)) for name, field in known.fields.items()
        }
        definition["attributes"] = (
            Annotated[dict[str, Scalar], Field(max_length=events.ATTRIBUTES_MAX)],
            Field(default=None, description="free small scalars"),
        )
        name = "".join(word.title() for word in kind.split("_"))
        models[kind] = create_model(name, __base__=_Event, **definition)
    return models


def event_schema() -> Json:
    """The schema of one event: a line of the journal."""
    union: Any = reduce(or_, _event_models().values())
    schema = TypeAdapter(Annotated[union, Field(discriminator="type")]).json_schema()
    return _finish(schema, "event", "One event of a tachikoma-telemetry journal.")


def _journal_schema() -> Json:
    """The schema of a journal at rest: `metrics.json` as a whole."""
    event = event_schema()
    definitions = event.pop("$defs")
    for key in ("$schema", "$id", "title", "description"):
        event.pop(key, None)
    schema: Json = {
        "type": "object",
        "properties": {
            "schema": {"const": "tachikoma.metrics/1"},
            "created": {"type": "integer", "minimum": 0, "description": "ms since the epoch"},
            "events": {"type": "array", "items": event},
        },
        "required": ["schema", "created", "events"],
        "additionalProperties": False,
        "$defs": definitions,
    }
    return _finish(schema, "journal", "A tachikoma-telemetry journal: metrics.json.")


def report_schema() -> Json:
    """The schema of ``report --format json``."""
    from .reports.json_schema import report_schema as made

    return _finish(made(), "report", "A report of tachikoma-telemetry.")


def unified_schema() -> Json:
    """The schema of ``merge --json``."""
    from .store.records import unified_schema as made

    return _finish(made(), "unified", "The unified records of tachikoma-telemetry.")


def _finish(schema: Json, name: str, description: str) -> Json:
    _drop_null_defaults(schema)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:tachikoma-telemetry:{name}:1",
        "title": name,
        "description": description,
        **{key: value for key, value in schema.items() if key not in ("title", "description")},
    }


def _drop_null_defaults(node: Any) -> None:
    """pydantic writes ``default: null`` for what may be absent; null is not a value here."""
    if isinstance(node, dict):
        if "default" in node and node["default"] is None:
            del node["default"]
        if isinstance(node.get("title"), str) and "type" in node and "properties" not in node:
            del node["title"]
        for value in node.values():
            _drop_null_defaults(value)
    elif isinstance(node, list):
        for value in node:
            _drop_null_defaults(value)


SCHEMAS = {
    "event": event_schema,
    "journal": _journal_schema,
    "report": report_schema,
    "unified": unified_schema,
}
