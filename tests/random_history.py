"""Stores of random rows, for what has to hold of any history."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from .reports_store import DAY, HOUR, NOW, ReportsStore

_SESSIONS = ("s1", "s2", "s3")
_SKILLS = ("code-agent", "verifier", "rlm", None)
_MODELS = ("zai/glm-4.7", "openai/gpt-5.2", None)
_OUTCOMES = ("succeeded", "succeeded", "failed", "timed_out", "invalid", "cancelled", "running")


def filled(seed: int) -> ReportsStore:
    """A store of a few dozen random rows of each kind; what may be unknown sometimes is."""
    random = Random(seed)
    store = ReportsStore()
    for session, parent in (("s1", None), ("s2", None), ("s3", "s1")):
        folder = "/srv/a" if session == "s2" else "/srv/b/deep"
        store.session(session, parent_id=parent, directory=folder, created=NOW - DAY + HOUR)
    for _ in range(random.randrange(1, 90)):
        at = NOW - DAY + random.randrange(4 * HOUR)
        here: dict[str, Any] = {
            "session_id": random.choice(_SESSIONS),
            "skill": random.choice(_SKILLS),
            "model": random.choice(_MODELS),
        }
        known = random.choice((0, 1, 1, 1, None))
        took = random.choice((None, random.randrange(1, 2000)))
        outcome = random.choice(
            ("succeeded", "succeeded", "failed", "escalated", "cancelled", None)
        )
        run = store.run(outcome=outcome, run_ms=took, started=at, **here)
        store.load(
            random.choice(_SKILLS[:3]),
            started=at,
            window_ms=took,
            load_ms=took and took % 50,
            session_id=here["session_id"],
        )
        store.iteration(
            random.choice(("a", "b", None)),
            passed=known,
            run_id=run,
            time=at,
            failed_criteria=random.sample(("x", "y"), 1),
            **here,
        )
        if random.random() < 0.3:
            store.retry(run_id=run, time=at, **here)
        store.edit((random.choice("xy"), known), (random.choice("xy"), 1), **here | {"time": at})
        store.intent(
            random.choice(("debug", "git", None)),
            correct=known,
            confidence=random.random(),
            time=at,
            **here,
        )
        skill = random.choice(_SKILLS)
        store.call(
            random.choice(("bash", "edit", "read")),
            random.choice(_OUTCOMES),
            started=at,
            duration_ms=random.choice((None, random.randrange(40))),
            session_id=here["session_id"],
            model=here["model"],
            active_skill=skill,
        )
        store.message(
            here["session_id"],
            created=at,
            completed=at + took if took else None,
            model=here["model"],
            active_skill=skill,
            tokens_output=random.choice((None, 7)),
            error_type=random.choice((None, None, "APIError")),
        )
        store.event(match=random.choice(("exact", "inferred")), time=at, **here)
        store.chunk(
            success=known,
            size=random.choice((None, 999, 1000, 30_000, 2_000_000)),
            unit=random.choice((None, "chars", "tokens")),
            accuracy=random.choice((None, 0.5)),
            tokens=random.choice((None, 0, 40)),
            duration_ms=took and float(took),
            run_id=random.choice(("r1", "r2", None)),
            wave=random.choice((None, None, 1, 2)),
            mode=random.choice(("parallel", "sequential", None)),
            time=at + (took or 0),
            **here,
        )
    return store


def seeds(*, fast: int, all: int, start: int = 0) -> list[Any]:
    """Seeds of `all` histories: `fast` of them in the fast suite, too."""
    return [
        pytest.param(seed, marks=[] if place < fast else [pytest.mark.slow])
        for place, seed in enumerate(range(start, start + all))
    ]
