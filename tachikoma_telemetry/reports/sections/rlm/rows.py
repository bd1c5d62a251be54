"""Rows of the section `rlm`."""

from dataclasses import dataclass

from ...meaning import amount, lower, meaning, share, upper


@dataclass(frozen=True, slots=True)
class RlmRow:
    """The chunks of one skill's recursive language model runs, by how they ran."""

    skill: str | None = meaning("the skill's name; null when the events gave none")
    mode: str | None = meaning("parallel or sequential; null when it is not known")
    runs: int = amount("runs that recorded a chunk")
    chunks: int = amount("chunks")
    succeeded: int = amount("chunks that succeeded")
    chunk_size_p50: float | None = amount("median size, in `unit`; null when unknown")
    duration_p50_ms: float | None = amount("median time of a chunk, ms; null when unknown")
    duration_p95_ms: float | None = amount(
        "95th percentile of a chunk's time, ms; null when unknown"
    )
    wall_ms: float | None = amount(
        "time in which its chunks ran, ms; null when none reported its time"
    )
    speedup: float | None = amount("summed chunk time over wall_ms; null when that is 0 or null")
    tokens: int | None = amount("tokens of the chunks; null when none reported them")
    tokens_per_chunk: float | None = amount(
        "tokens over the chunks that reported them; null without any"
    )
    accuracy_mean: float | None = share("mean accuracy; null when none was reported")
    accuracy_n: int = amount("chunks whose accuracy is known")
    unit: str | None = meaning("of the sizes: chars, tokens, lines; null when unknown or mixed")
    failed: int = amount("chunks that failed")
    success_rate: float | None = share("succeeded over succeeded + failed; null without any")
    success_low: float | None = lower("succeeded", "finished")
    success_high: float | None = upper("succeeded", "finished")


@dataclass(frozen=True, slots=True)
class WaveRow:
    """The chunks of all waves of one number, over all skills, modes and runs."""

    wave: int = amount("which wave of its run: chunks of one wave run side by side")
    runs: int = amount("runs that recorded a chunk of such a wave")
    chunks: int = amount("chunks of such a wave")
    failed: int = amount("those that failed")
    failure_rate: float | None = share("failed over those whose end is known; null without any")
    failure_low: float | None = lower("failed", "finished")
    failure_high: float | None = upper("failed", "finished")
    tokens: int | None = amount("tokens of the chunks; null when none reported them")


@dataclass(frozen=True, slots=True)
class ChunkSizeRow:
    """The chunks of one range of sizes, over all skills and modes."""

    unit: str | None = meaning("of the sizes: chars, tokens, lines; null when unknown")
    size_low: int = amount("lower edge of the range, inside it, in `unit`")
    size_high: int | None = amount("upper edge, outside it; null for the last range, which is open")
    chunks: int = amount("chunks of such a size")
    failed: int = amount("those that failed")
    failure_rate: float | None = share("failed over those whose end is known; null without any")
    failure_low: float | None = lower("failed", "finished")
    failure_high: float | None = upper("failed", "finished")
    duration_p50_ms: float | None = amount("median time of a chunk, ms; null when unknown")
    tokens_per_chunk: float | None = amount(
        "tokens over the chunks that reported them; null without any"
    )
    accuracy_mean: float | None = share("mean accuracy; null when none was reported")
    accuracy_n: int = amount("chunks whose accuracy is known")


@dataclass(frozen=True, slots=True)
class ChunkEdgeRow:
    """Chunks of at least one size, against smaller ones."""

    unit: str | None = meaning("of the size: chars, tokens, lines; null when unknown")
    edge: int = amount("the size, in `unit`")
    below: int = amount("smaller chunks whose end is known")
    below_failed: int = amount("those that failed")
    above: int = amount("chunks of this size and larger")
    above_failed: int = amount("those that failed")
    difference: float = meaning("the failure rate of the larger less the other", -1, 1)
    chance: float = share("how often chance alone gets so far at any time; 1 when not known")
    clear: bool = meaning("whether it is beyond chance; all edges together are wrong in 5 %")
