"""Opening a fleet's folder in an engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ..errors import FleetError
from ..visible import visible
from .readable_exports import FleetSource, Period, fleet_source

if TYPE_CHECKING:
    from .duckdb_engine import DuckdbEngine
    from .spark_engine import SparkEngine

ENGINES = ("duckdb", "spark")
# How the address of Spark begins: of this machine, a cluster's master or a server of Spark Connect.
_MASTERS = ("local", "spark://", "sc://", "yarn", "k8s://")


@contextmanager
def fleet_engine(
    place: str, engine: str = "duckdb", period: Period | None = None
) -> Iterator[tuple[DuckdbEngine | SparkEngine, Sequence[str]]]:
    """What machines have exported to `place`, and a sentence for each thing that is left out.

    Args:
        place: a folder, or the prefix of a bucket.
        engine: one of `ENGINES`, or the address of Spark: ``spark://host:port``, ``sc://host`` or
            ``local[2]``.
        period: what a report needs of it that is of a period; None is all.

    Raises:
        FleetError: when there is no such engine, or nothing can be read.

    """
    if engine not in ENGINES and not engine.startswith(_MASTERS):
        raise FleetError(
            f"no engine {visible(engine)!r}; there is duckdb, spark, and the address of a Spark: "
            "spark://HOST:PORT, sc://HOST"
        )
    with closing(_opened(fleet_source(place, period), engine)) as opened:
        yield opened, opened.problems


def _opened(source: FleetSource, engine: str) -> DuckdbEngine | SparkEngine:
    extra = "fleet" if engine == "duckdb" else "spark"
    try:
        if engine == "duckdb":
            from .duckdb_engine import DuckdbEngine

            return DuckdbEngine(source)
        from .spark_engine import SparkEngine

        return SparkEngine(source, "local[*]" if engine == "spark" else engine)
    except ImportError as error:
        raise FleetError(
            f"the engine {visible(engine)} needs more packages: install "
            f"tachikoma-telemetry[{extra}]"
        ) from error
