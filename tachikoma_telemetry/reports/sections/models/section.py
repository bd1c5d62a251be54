"""The section `models`."""

from ...section import Section, part
from . import sheet
from .rows import ModelRow

SECTION: Section[None] = Section(
    name="models",
    question="what each model used and cost",
    parts={"models": part(__package__, "models", ModelRow)},
    blocks=lambda parts: sheet.blocks(parts["models"]),
    empty="No model has answered yet.",
    needs=("messages_by",),
    headings={
        "model": "model",
        "messages": "messages",
        "input": "tokens_input",
        "output": "tokens_output",
        "reasoning": "tokens_reasoning",
        "cache read": "tokens_cache_read",
        "cache write": "tokens_cache_write",
        "cost": "cost",
        "p50": "duration_p50_ms",
        "p95": "duration_p95_ms",
        "errors": "errors",
    },
)
