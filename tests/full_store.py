"""A store with something of everything: many models, formats, skills, stages and intents."""

from __future__ import annotations

import random

from .reports_store import DAY, NOW, ReportsStore

_MODELS = ("zai/glm-4.7", "anthropic/claude-sonnet-4", "openai/gpt-5.2", "qwen/qwen3-coder")
_FORMATS = ("str_replace", "hashline", "whole", "apply_patch", "udiff")
_SKILLS = ("code-agent", "verifier", "intent-router", "a-skill-with-a-rather-long-name-indeed")
_TOOLS = ("bash", "read", "edit", "grep", "webfetch", "task")
_STAGES = ("generate", "verify", "revise")
_CRITERIA = ("edge_cases", "style", "types", "tests")
_INTENTS = ("debug", "implement", "refactor", "explain", "review")


def full_store(sessions: int, seed: int = 5) -> ReportsStore:
    """A store of so many sessions over forty days; the same for the same seed."""
    store, chance = ReportsStore(), random.Random(seed)
    store.connection.execute("BEGIN")
    for number in range(sessions):
        _session(store, chance, f"s{number}", NOW - int(chance.random() * 40 * DAY))
    store.connection.execute("COMMIT")
    return store


def _session(store: ReportsStore, chance: random.Random, session: str, time: int) -> None:
    store.session(session, created=time, title=f"Fix the slug {session}", directory="/srv/demo")
    here = {"session_id": session}
    for _ in range(2):
        store.message(
            **here, created=time, model=chance.choice(_MODELS), cost=chance.lognormvariate(-4, 1),
            tokens_input=chance.randint(500, 9000), tokens_output=chance.randint(100, 3000),
            tokens_cache_read=chance.randint(0, 30_000), tokens_reasoning=chance.randint(0, 900),
        )  # fmt: skip
    for place, tool in enumerate(_TOOLS):
        outcome = chance.choices(("succeeded", "failed", "timed_out", "cancelled"), (90, 8, 1, 1))
        taken = int(chance.lognormvariate(2 + place, 1.2))
        store.call(tool, outcome[0], **here, started=time, duration_ms=taken)
    skill, model = chance.choice(_SKILLS), chance.choice(_MODELS)
    store.load(skill, **here, started=time, window_ms=chance.randint(1000, 90_000))
    ended = chance.choices(("succeeded", "failed", "escalated"), (75, 17, 8))[0]
    run = store.run(skill, ended, **here, started=time, run_ms=chance.lognormvariate(8, 1))
    for index in range(chance.randint(1, 3)):
        passed = chance.random() < 0.6
        store.iteration(
            chance.choice(_STAGES), skill=skill, run_id=run, **here, number=index + 1, maximum=3,
            passed=int(passed), time=time,
            failed_criteria=() if passed else (chance.choice(_CRITERIA),),
        )  # fmt: skip
    format = chance.choice(_FORMATS)
    worked = chance.random() < 0.5 + 0.1 * _FORMATS.index(format)
    store.edit(*([(format, 1)] if worked else [(format, 0), ("whole", 1)]), model=model, **here)
    confidence, actual = chance.random() ** 0.5, chance.choice(_INTENTS)
    intent = actual if chance.random() < confidence else chance.choice(_INTENTS)
    store.intent(
        intent, actual=actual, correct=int(intent == actual), confidence=confidence, **here,
        time=time, escalated=int(confidence < 0.4),
    )  # fmt: skip
    for index in range(2):
        store.chunk(
            skill="rlm", mode=chance.choice(("parallel", "sequential")), run_id=run, **here,
            size=chance.randint(1000, 90_000), duration_ms=chance.lognormvariate(8, 0.5),
            time=time + index * 1000, success=int(chance.random() < 0.9),
            tokens=chance.randint(500, 2000), accuracy=chance.random(),
        )  # fmt: skip
    store.event(match=chance.choices(("exact", "inferred", "orphan"), (85, 10, 5))[0], **here)
