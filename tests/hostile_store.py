"""A store in which every name is the same, and tries something."""

from __future__ import annotations

from .reports_store import DAY, NOW, ReportsStore


def hostile_store(name: str) -> ReportsStore:
    """Every section has rows, and every name in them is `name`."""
    store = ReportsStore()
    model = "p/" + name
    store.session(title=name, directory=name)
    store.session("s2", title=name, parent_id="s1")
    store.message(model=model, tokens_output=5, cost=0.01)
    store.call(name, "failed", reason=name, model=model, call_id=name, duration_ms=9)
    store.load(name, started=NOW - 2 * DAY, skill_version=name)
    store.load(name, started=NOW - 2 * DAY + 1, skill_version="b")
    for _ in range(6):
        run = store.run(name, "escalated", run_ms=15_000.0, error_type=name)
    store.iteration(
        name, skill=name, run_id=run, number=1, maximum=1, passed=0, failed_criteria=[name]
    )
    for _ in range(6):
        store.edit((name, 1), model=model)
    store.chunk(skill=name, mode=name, unit=name, size=5, duration_ms=5.0)
    store.intent(name, actual="debug", correct=0, confidence=0.5)
    store.intent("debug", actual=name, correct=0, confidence=0.9)
    store.event(match="orphan")
    store.add("legacy_metrics", source="x", kind="edit", name=name, format=name, uses=1)
    return store
