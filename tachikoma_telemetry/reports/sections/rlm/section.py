"""The section `rlm`."""

from ...query import records
from ...section import Part, Section, part
from . import sheet
from .edges import chunk_edges
from .rows import ChunkEdgeRow, ChunkSizeRow, RlmRow, WaveRow

SECTION: Section[None] = Section(
    name="rlm",
    question="how chunks run: sizes, times, parallel against sequential, accuracy",
    parts={
        "rlm": part(__package__, "rlm", RlmRow),
        "waves": part(__package__, "waves", WaveRow, in_brief=False),
        "chunk_sizes": part(__package__, "chunk_sizes", ChunkSizeRow, in_brief=False),
        "chunk_edges": Part(
            ChunkEdgeRow,
            lambda request: chunk_edges(records(request.store, __package__, "chunk_sessions")),
            in_brief=False,
        ),
    },
    blocks=lambda parts: [
        *sheet.blocks(parts["rlm"]),
        *sheet.waves(parts["waves"]),
        *sheet.sizes(parts["chunk_sizes"], parts["chunk_edges"]),
    ],
    brief=lambda parts: sheet.blocks(parts["rlm"]),
    size=lambda parts: sum(row.chunks for row in parts["rlm"]),
    empty="No chunk was recorded yet: `with run.rlm_chunk(…)` records it.",
    needs=("row_people",),
    columns=(*sheet.COLUMNS, *sheet.WAVES, *sheet.SIZES),
    headings={
        "chunks ok": "chunks that succeeded, of those that ended",
        "size p50": "median size of a chunk",
        "speed-up": "summed time of the chunks over their total time",
        "accuracy": "mean accuracy, and of how many chunks it is known",
        "size": "range of sizes, the lower edge inside it",
    },
)
