"""The section `rlm`."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports.sections.rlm.rows import RlmRow

from ..merging import merge_project
from ..opencode_rows import START, Rows
from ..reports_store import NOW, ReportsStore


def rlm(store: ReportsStore) -> dict[str | None, RlmRow]:
    report = reports.build(store.connection, "rlm", now_ms=NOW)
    return {row.mode: row for row in report.parts["rlm"]}


_chunks = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2"]),
        st.sampled_from([None, 1, 2]),
        st.integers(0, 300),
        st.integers(1, 80),
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(_chunks)
def test_wall_time_is_the_time_in_which_chunks_ran(
    chunks: list[tuple[str, int | None, int, int]],
) -> None:
    """Each moment of a wave in which at least one ran counts once; waves add up."""
    store = ReportsStore()
    for run, wave, ended, took in chunks:
        store.chunk(run_id=run, wave=wave, time=NOW + ended, duration_ms=float(took))
    wall = 0
    for run in ("r1", "r2"):
        for each in (None, 1, 2):
            inside = [(e - t, e) for r, w, e, t in chunks if (r, w) == (run, each)]
            wall += len({moment for began, ended in inside for moment in range(began, ended)})

    row = rlm(store)["parallel"]

    assert wall == row.wall_ms
    assert row.speedup is not None
    assert math.isclose(sum(took for *_, took in chunks) / wall, row.speedup)


def test_wall_time_is_as_exact_as_durations() -> None:
    """A time since the epoch in a float would be 0.0002 ms off."""
    store = ReportsStore()
    for at, took in ((0, 100.1), (50, 0.3)):
        store.chunk(run_id="r", time=NOW + at, duration_ms=took)

    assert math.isclose(100.4, rlm(store)["parallel"].wall_ms or 0, abs_tol=1e-9)


def test_chunks_that_run_side_by_side_are_faster() -> None:
    """Five chunks of a second in a wave of 1.25 s: four times as fast as one by one."""
    store = ReportsStore()
    for chunk in range(5):
        store.chunk(run_id="r", wave=1, time=NOW + chunk * 50, duration_ms=1000.0 - chunk * 0)
    for chunk in range(5):
        store.chunk(run_id="r", mode="sequential", time=NOW + chunk * 1500, duration_ms=1000.0)

    rows = rlm(store)

    assert (1200.0, 5000 / 1200) == (rows["parallel"].wall_ms, rows["parallel"].speedup)
    assert (5000.0, 1.0) == (rows["sequential"].wall_ms, rows["sequential"].speedup)


def test_a_gap_in_a_wave_is_no_time() -> None:
    """A run over two calls, each with a wave 1 of five chunks, an hour apart: 5 at a time."""
    store = ReportsStore()
    for began in (NOW, NOW + 3_600_000):
        for _ in range(5):
            store.chunk(run_id="r", wave=1, time=began + 1000, duration_ms=1000.0)

    row = rlm(store)["parallel"]

    assert (1, 2000.0, 5.0) == (row.runs, row.wall_ms, row.speedup)


def test_unknown_times_tokens_and_accuracies_are_left_out() -> None:
    """A failed chunk without tokens does not lower the tokens per chunk, and so on."""
    store = ReportsStore()
    store.chunk(run_id="r", success=1, tokens=800, accuracy=0.9, duration_ms=10.0, size=50_000)
    store.chunk(run_id="r", success=0, size=60_000)
    store.chunk(run_id="r", success=None)
    store.chunk(run_id="q", mode="sequential")

    rows = rlm(store)

    row, bare = rows["parallel"], rows["sequential"]
    assert (1, 3, 1, 1, 0.5) == (
        row.runs, row.chunks, row.succeeded, row.failed, row.success_rate,
    )  # fmt: skip
    assert (800, 800.0, 0.9, 1) == (
        row.tokens, row.tokens_per_chunk, row.accuracy_mean, row.accuracy_n,
    )  # fmt: skip
    assert (50_000, "chars", 10.0) == (row.chunk_size_p50, row.unit, row.wall_ms)
    assert (None, None, None, None, 0) == (
        bare.wall_ms, bare.speedup, bare.tokens, bare.accuracy_mean, bare.accuracy_n,
    )  # fmt: skip


def test_chunks_without_a_run_or_a_call_count_by_themselves() -> None:
    """Two at the same time need not have known of each other."""
    store = ReportsStore()
    for time in (NOW, NOW, NOW + 10**9):
        store.chunk(wave=1, time=time, duration_ms=100.0)

    row = rlm(store)["parallel"]

    assert (0, 300.0, 1.0) == (row.runs, row.wall_ms, row.speedup)


@pytest.mark.parametrize("in_store", [True, False])
def test_chunks_of_one_call_without_a_run_are_one(
    project: Path, tmp_path: Path, in_store: bool
) -> None:
    """Five at a time, whether or not their call is in the store."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session("ses_a")
    if in_store:
        database.call(session, "bash", "c1", at=START, ms=5000)
    for wave in (1, None):
        for index in range(5):
            telemetry.record(
                "rlm_chunk",
                {
                    "index": index,
                    "mode": "parallel",
                    "duration_ms": 1000.0,
                    **({} if wave is None else {"wave": wave}),
                },
                envelope={"session_id": session, "call_id": "c1"},
                time=START + (2000 if wave else 4000),
            )
    merge_project(project, database.close())
    connection = sqlite3.connect(store_path(project))
    report = reports.build(connection, "rlm", now_ms=START + 10_000)
    connection.close()

    (row,) = report.parts["rlm"]
    assert (10, 2000.0, 5.0) == (row.chunks, row.wall_ms, row.speedup)


def test_sizes_in_different_units_have_no_unit() -> None:
    """A median of characters and tokens is not labelled as either."""
    store = ReportsStore()
    store.chunk(unit="chars", size=5)
    store.chunk(unit="tokens", size=5)

    assert rlm(store)["parallel"].unit is None


def test_failures_and_accuracy_by_size() -> None:
    """Ranges of 1, 2 and 5; an edge belongs to the range above it; unknown sizes are left out."""
    store = ReportsStore()
    for size, success, took in ((19_999, 1, 5.0), (20_000, 0, 10.0), (49_999, 1, 30.0)):
        store.chunk(size=size, success=success, duration_ms=took, tokens=100, accuracy=0.5)
    store.chunk(size=3_000_000, success=None, accuracy=1.0, mode="sequential")
    store.chunk(size=10, unit="lines", success=1)
    store.chunk(size=None, success=0)

    rows = reports.build(store.connection, "rlm", now_ms=NOW).parts["chunk_sizes"]

    assert [
        ("chars", 10_000, 20_000, 1, 0, 0.0, 5.0, 100.0, 0.5, 1),
        ("chars", 20_000, 50_000, 2, 1, 0.5, 10.0, 100.0, 0.5, 2),
        ("chars", 1_000_000, None, 1, 0, None, None, None, 1.0, 1),
        ("lines", 0, 1_000, 1, 0, 0.0, None, None, None, 0),
    ] == [
        (row.unit, row.size_low, row.size_high, row.chunks, row.failed, row.failure_rate,
         row.duration_p50_ms, row.tokens_per_chunk, row.accuracy_mean, row.accuracy_n)
        for row in rows
    ]  # fmt: skip
    assert (rows[0].failure_low, rows[2].failure_low) == (0.0, None)


def test_waves_are_counted_by_their_number() -> None:
    """Of all runs together; an open chunk is no failure, and one without a wave is left out."""
    store = ReportsStore()
    for run, wave, success, tokens in (
        ("a", 1, 1, 100),
        ("a", 1, 0, None),
        ("b", 1, None, 50),
        ("b", 2, 1, None),
        ("b", None, 0, 7),
    ):
        store.chunk(run_id=run, wave=wave, success=success, tokens=tokens)

    rows = reports.build(store.connection, "rlm", now_ms=NOW).parts["waves"]

    assert [(r.wave, r.runs, r.chunks, r.failed, r.failure_rate, r.tokens) for r in rows] == [
        (1, 2, 3, 1, 0.5, 150),
        (2, 1, 1, 0, 0.0, None),
    ]
