"""The section `rlm`."""

from ...section import Section, part
from . import sheet
from .rows import ChunkSizeRow, RlmRow

SECTION: Section[None] = Section(
    name="rlm",
    question="how chunks run: sizes, times, parallel against sequential, accuracy",
    parts={
        "rlm": part(__package__, "rlm", RlmRow),
        "chunk_sizes": part(__package__, "chunk_sizes", ChunkSizeRow, in_brief=False),
    },
    blocks=lambda parts: [*sheet.blocks(parts["rlm"]), *sheet.sizes(parts["chunk_sizes"])],
    brief=lambda parts: sheet.blocks(parts["rlm"]),
    empty="No chunk was recorded yet: `with run.rlm_chunk(…)` does it.",
)
