"""What holds a document against its schema; kept, for checking a schema takes half a second."""

from __future__ import annotations

from functools import cache

from jsonschema import Draft202012Validator

from tachikoma_telemetry.schemas import SCHEMAS


@cache
def validator(schema: str) -> Draft202012Validator:
    """Holds a document against the schema that ``tachikoma-telemetry schema SCHEMA`` prints."""
    made = SCHEMAS[schema]()
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)
