"""Opening a fleet's folder in an engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import FleetError
from ..visible import visible
from .readable_exports import fleet_source

if TYPE_CHECKING:
    from ..reports.engine import Engine

ENGINES = ("duckdb",)


@contextmanager
def fleet_engine(place: str, engine: str = "duckdb") -> Iterator[tuple[Engine, Sequence[str]]]:
    """What machines have exported to `place`, and a sentence for each thing that is left out.

    Args:
        place: a folder, or the prefix of a bucket.
        engine: one of `ENGINES`.

    Raises:
        FleetError: when there is no such engine, or nothing can be read.

    """
    if engine not in ENGINES:
        raise FleetError(f"no engine {visible(engine)!r}; there is {', '.join(ENGINES)}")
    source = fleet_source(place)
    try:
        from .duckdb_engine import DuckdbEngine
    except ImportError as error:
        raise FleetError(
            f"the engine {engine} needs more packages: install tachikoma-telemetry[fleet]"
        ) from error
    opened = DuckdbEngine(source)
    try:
        yield opened, opened.problems
    finally:
        opened.close()
