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
    needs=("message_sums",),
)
