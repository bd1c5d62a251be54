"""The made-up project that docs/decisions.md is about: a month of work, some of it unused.

Nothing in it is random but for a fixed seed, so that the page can show what the commands print. Of
a project with three times as many sessions is the sample of ``tachikoma-telemetry demo``.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

from tachikoma_telemetry.project import store_path
from tests.month import BEGIN, CHANGED, DAYS, END, store
from tests.reports_store import DAY, HOUR, ReportsStore

NOW = END + HOUR
"""When the reports are made, ms since the epoch: 2026-11-29 01:00 UTC."""

_SKILLS = {
    "code-agent": "Changes code until its tests pass. Use it for every change of code.",
    "verifier": "Checks a change against the request.",
    "intent-router": "Decides which skill a request is for.",
    "rlm-processing": "Reads texts that are longer than the context, chunk by chunk.",
    "release-notes": "Writes the release notes from the commits since the last tag.",
    "pdf-forms": "Fills in PDF forms. Use it whenever the user mentions a PDF, a form, a field, a "
    "signature, a page, a document to sign or to fill in, or asks to extract what was filled in, "
    "even when no file is named.",
    "translate": "Translates texts between languages.",
}
# What was wanted → what it was taken for, how often of twenty.
_ROUTED = {
    "debug": {"debug": 19, "implement": 1},
    "implement": {"implement": 18, "refactor": 2},
    "review": {"review": 11, "debug": 9},
    "refactor": {"refactor": 16, "implement": 4},
}


def skills() -> dict[str, str]:
    """The SKILL.md of each installed skill."""
    return {
        name: f"---\nname: {name}\ndescription: {description}\n---\n"
        for name, description in _SKILLS.items()
    }


def history(sessions_a_day: int = 5) -> ReportsStore:
    """The store of its month."""
    kept = store(sessions_a_day)
    random = Random(7)
    _uses(kept)
    _chunks(kept, random)
    _intents(kept, random)
    return kept


def create(root: Path) -> None:
    """Make the project in the folder `root`: a store with its history, and installed skills."""
    for name, text in skills().items():
        file = root / ".opencode" / "skill" / name / "SKILL.md"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    kept = history().marked()
    path = store_path(root)
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as file_of_store:
        kept.connection.backup(file_of_store)
    file_of_store.close()
    kept.connection.close()


def _uses(kept: ReportsStore) -> None:
    """One skill that records nothing, and one that was used until six weeks ago."""
    for week in range(4):
        at = BEGIN + (week * 7 + 4) * DAY
        kept.load("release-notes", session_id=None, started=at, window_ms=40_000)
    kept.load("translate", session_id=None, started=BEGIN - 12 * DAY, window_ms=9000)


def _chunks(kept: ReportsStore, random: Random) -> None:
    """Large chunks in both modes, and from the middle of the month smaller ones."""
    for day in range(DAYS):
        at = BEGIN + day * DAY + 20 * HOUR
        if at >= CHANGED:
            _reading(kept, random, at, mode="parallel", size=20_000, chunks=25)
        else:
            mode = "parallel" if day % 2 else "sequential"
            _reading(kept, random, at, mode=mode, size=50_000, chunks=10)


def _reading(
    kept: ReportsStore, random: Random, at: int, *, mode: str, size: int, chunks: int
) -> None:
    """A run that reads 500,000 characters; parallel chunks go in waves of five."""
    run = kept.run("rlm-processing", started=at, run_ms=60_000.0, session_id=None)
    begun = at
    for index in range(chunks):
        wave = index // 5 if mode == "parallel" else None
        # Many requests at once slow each other down.
        duration = random.randrange(2000, 3000) * size / 50_000 * (1.3 if wave is not None else 1)
        good = random.random() < (0.98 if size < 50_000 else 0.9)
        kept.chunk(
            run_id=run,
            skill="rlm-processing",
            session_id=None,
            mode=mode,
            wave=wave,
            size=size,
            time=int(begun + duration),
            duration_ms=duration,
            success=int(good),
            tokens=size // 4 + random.randrange(300, 900) if good else None,
            accuracy=round(random.uniform(0.85, 0.97), 3) if good else None,
            error_type=None if good else "ContextLengthError",
        )
        if wave is None or index % 5 == 4:
            begun += 4000


def _intents(kept: ReportsStore, random: Random) -> None:
    """Requests of which it became known where they belonged."""
    requests = [
        (wanted, taken)
        for wanted, routed in _ROUTED.items()
        for taken, times in routed.items()
        for _ in range(times)
    ]
    random.shuffle(requests)
    for number, (wanted, taken) in enumerate(requests):
        at = BEGIN + number * 8 * HOUR
        kept.run("intent-router", started=at, run_ms=3.0, session_id=None)
        kept.intent(
            taken,
            skill="intent-router",
            session_id=None,
            time=at,
            actual=wanted,
            correct=int(wanted == taken),
            confidence=round(random.uniform(0.72, 0.99), 2),
            escalated=0,
        )
    for number in range(6):
        kept.intent(
            "unclear",
            skill="intent-router",
            session_id=None,
            time=BEGIN + number * 4 * DAY,
            confidence=0.3,
            escalated=1,
        )
