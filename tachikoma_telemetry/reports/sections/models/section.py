"""The section `models`."""

from ... import figures
from ...blocks import Column, Sheet, faults, name
from ...section import Section, part
from .rows import ModelRow

_COLUMNS = [
    Column("model", name, "model", "strong", right=False, shrink=26),
    Column("messages", figures.count, "messages"),
    Column("input", figures.amount, "tokens_input"),
    Column("output", figures.amount, "tokens_output"),
    Column("reasoning", figures.amount, "tokens_reasoning", drop=3),
    Column("cache read", figures.amount, "tokens_cache_read", drop=2),
    Column("cache write", figures.amount, "tokens_cache_write", drop=6),
    Column("cost", figures.money, "cost"),
    Column("p50", figures.duration, "duration_p50_ms", drop=4),
    Column("p95", figures.duration, "duration_p95_ms", drop=5),
    Column("errors", faults, "errors", drop=1),
]

SECTION: Section[None] = Section(
    name="models",
    question="what each model used and cost",
    parts={"models": part(__package__, "models", ModelRow)},
    blocks=lambda parts: [Sheet(_COLUMNS, parts["models"])],
    empty="No model has answered yet.",
    needs=("message_sums",),
    columns=_COLUMNS,
)
