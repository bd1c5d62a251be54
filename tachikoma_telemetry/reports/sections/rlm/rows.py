"""Rows of the section `rlm`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper


@dataclass(frozen=True, slots=True)
class RlmRow:
    """The chunks of one skill's recursive language model runs, by how they ran."""

    skill: Annotated[str | None, Meaning("the skill's name; null when the events gave none")]
    mode: Annotated[str | None, Meaning("parallel or sequential; null when it is not known")]
    runs: Annotated[int, amount("runs that recorded a chunk")]
    chunks: Annotated[int, amount("chunks")]
    succeeded: Annotated[int, amount("chunks that succeeded")]
    chunk_size_p50: Annotated[float | None, amount("median size, in `unit`; null when unknown")]
    duration_p50_ms: Annotated[
        float | None, amount("median time of a chunk, ms; null when unknown")
    ]
    duration_p95_ms: Annotated[
        float | None, amount("95th percentile of a chunk's time, ms; null when unknown")
    ]
    wall_ms: Annotated[
        float | None,
        amount("time in which its chunks ran, ms; null when none reported its time"),
    ]
    speedup: Annotated[
        float | None, amount("summed chunk time over wall_ms; null when that is 0 or null")
    ]
    tokens: Annotated[int | None, amount("tokens of the chunks; null when none reported them")]
    tokens_per_chunk: Annotated[
        float | None, amount("tokens over the chunks that reported them; null without any")
    ]
    accuracy_mean: Annotated[float | None, share("mean accuracy; null when none was reported")]
    accuracy_n: Annotated[int, amount("chunks whose accuracy is known")]
    unit: Annotated[
        str | None, Meaning("of the sizes: chars, tokens, lines; null when unknown or mixed")
    ]
    failed: Annotated[int, amount("chunks that failed")]
    success_rate: Annotated[
        float | None, share("succeeded over succeeded + failed; null without any")
    ]
    success_low: Annotated[float | None, lower("succeeded", "finished")]
    success_high: Annotated[float | None, upper("succeeded", "finished")]


@dataclass(frozen=True, slots=True)
class ChunkSizeRow:
    """The chunks of one range of sizes, over all skills and modes."""

    unit: Annotated[str | None, Meaning("of the sizes: chars, tokens, lines; null when unknown")]
    size_low: Annotated[int, amount("lower edge of the range, inside it, in `unit`")]
    size_high: Annotated[
        int | None, amount("upper edge, outside it; null for the last range, which is open")
    ]
    chunks: Annotated[int, amount("chunks of such a size")]
    failed: Annotated[int, amount("those that failed")]
    failure_rate: Annotated[
        float | None, share("failed over those whose end is known; null without any")
    ]
    failure_low: Annotated[float | None, lower("failed", "finished")]
    failure_high: Annotated[float | None, upper("failed", "finished")]
    duration_p50_ms: Annotated[
        float | None, amount("median time of a chunk, ms; null when unknown")
    ]
    tokens_per_chunk: Annotated[
        float | None, amount("tokens over the chunks that reported them; null without any")
    ]
    accuracy_mean: Annotated[float | None, share("mean accuracy; null when none was reported")]
    accuracy_n: Annotated[int, amount("chunks whose accuracy is known")]


@dataclass(frozen=True, slots=True)
class ChunkEdgeRow:
    """Chunks of at least one size, against smaller ones."""

    unit: Annotated[str | None, Meaning("of the size: chars, tokens, lines; null when unknown")]
    edge: Annotated[int, amount("the size, in `unit`")]
    below: Annotated[int, amount("smaller chunks whose end is known")]
    below_failed: Annotated[int, amount("those that failed")]
    above: Annotated[int, amount("chunks of this size and larger")]
    above_failed: Annotated[int, amount("those that failed")]
    difference: Annotated[float, Meaning("the failure rate of the larger less the other", -1, 1)]
    chance: Annotated[
        float, share("how often chance alone gets so far at any time; 1 when not known")
    ]
    clear: Annotated[
        bool, Meaning("whether it is beyond chance; all edges together are wrong in 5 %")
    ]
