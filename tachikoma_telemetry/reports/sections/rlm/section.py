"""The section `rlm`."""

from ...query import records
from ...section import Part, Section, part
from . import sheet
from .edges import chunk_edges
from .rows import ChunkEdgeRow, ChunkSizeRow, RlmRow

SECTION: Section[None] = Section(
    name="rlm",
    question="how chunks run: sizes, times, parallel against sequential, accuracy",
    parts={
        "rlm": part(__package__, "rlm", RlmRow),
        "chunk_sizes": part(__package__, "chunk_sizes", ChunkSizeRow, in_brief=False),
        "chunk_edges": Part(
            ChunkEdgeRow,
            lambda request: chunk_edges(records(request.store, __package__, "chunk_sessions")),
            in_brief=False,
        ),
    },
    blocks=lambda parts: [
        *sheet.blocks(parts["rlm"]),
        *sheet.sizes(parts["chunk_sizes"], parts["chunk_edges"]),
    ],
    brief=lambda parts: sheet.blocks(parts["rlm"]),
    empty="No chunk was recorded yet: `with run.rlm_chunk(…)` does it.",
)
