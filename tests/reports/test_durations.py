"""How durations are spread: the bins of `tool_durations` and `run_durations`."""

from __future__ import annotations

from tachikoma_telemetry import reports

from ..reports_store import NOW, ReportsStore


def _spread(store: ReportsStore, section: str, part: str) -> list[tuple[object, ...]]:
    report = reports.build(store.connection, section, now_ms=NOW)
    return [
        (
            getattr(row, part.split("_", maxsplit=1)[0].replace("run", "skill")),
            row.low_ms,
            row.high_ms,
            row.n,
        )
        for row in report.parts[part]
    ]


def test_each_finished_call_is_in_one_bin() -> None:
    """The lower edge is inside, the upper outside, the last bin open; copies do not count."""
    store = ReportsStore()
    store.session()
    for taken in (0, 1, 1, 2, 4, 5, 9_999_999, 10_000_000, 99_000_000):
        store.call("bash", "failed" if taken == 4 else "succeeded", duration_ms=taken)
    store.call("bash", duration_ms=3, copied=1, counted=0)
    store.call("bash", "cancelled", duration_ms=3)
    store.call("bash", duration_ms=None)
    store.call("read", "invalid", duration_ms=700)
    store.call(None, duration_ms=7)

    assert [
        ("bash", 0, 1, 1),
        ("bash", 1, 2, 2),
        ("bash", 2, 5, 2),
        ("bash", 5, 10, 1),
        ("bash", 5_000_000, 10_000_000, 1),
        ("bash", 10_000_000, None, 2),
        ("read", 500, 1000, 1),
        (None, 5, 10, 1),
    ] == _spread(store, "tools", "tool_durations")


def test_each_run_is_in_one_bin() -> None:
    """Fractions of a ms too; a run of unknown length is in none."""
    store = ReportsStore()
    store.session()
    for taken in (0.2, 0.99, 1.0, 49_999.9, 50_000.0, None):
        store.run("coder", run_ms=taken)
    store.run(None, run_ms=3.0)

    assert [
        ("coder", 0, 1, 2),
        ("coder", 1, 2, 1),
        ("coder", 20_000, 50_000, 1),
        ("coder", 50_000, 100_000, 1),
        (None, 2, 5, 1),
    ] == _spread(store, "skills", "run_durations")


def test_an_abandoned_call_is_in_no_bin() -> None:
    """It did not finish, whatever duration was written beside it."""
    store = ReportsStore()
    store.session()
    store.call("bash", "running", duration_ms=5, started=NOW - 10**9)

    assert [] == _spread(store, "tools", "tool_durations")
