"""A month of work, row by row: one skill gets better with its second version, one is flaky.

Nothing in it is random but for a fixed seed, so its reports can be kept and compared.
"""

from __future__ import annotations

from random import Random

from .reports_store import DAY, HOUR, ReportsStore

BEGIN = 1_793_491_200_000  # 2026-11-01 00:00 UTC
DAYS = 28
CHANGED = BEGIN + 14 * DAY
END = BEGIN + DAYS * DAY

_CRITERIA = ("tests", "edge_cases")
_OLD, _NEW, _ONLY = "0a" * 32, "1b" * 32, "2c" * 32


def store(sessions_a_day: int = 5) -> ReportsStore:
    """The store of that month; work begins every day at eight and ends before six."""
    kept = ReportsStore()
    random = Random(5)
    for day in range(DAYS):
        for number in range(sessions_a_day):
            at = BEGIN + day * DAY + 8 * HOUR + number * 10 * HOUR // sessions_a_day
            _session(kept, random, at)
    return kept


def _session(kept: ReportsStore, random: Random, at: int) -> None:
    hours, rest = divmod(at - BEGIN, HOUR)
    name = f"ses_{hours:04d}" + (f"_{rest * 60 // HOUR}" if rest else "")
    skill = "code-agent" if random.random() < 0.6 else "verifier"
    newer = skill == "code-agent" and at >= CHANGED
    model = "zai/glm-4.7" if random.random() < 0.5 else "openai/gpt-5.2"
    kept.session(name, created=at, directory="/home/ada/work", title=f"Task of {skill}")
    message = kept.message(
        name,
        created=at + 1,
        completed=at + 9000,
        model=model,
        tokens_input=random.randrange(2000, 20_000),
        tokens_output=random.randrange(200, 2000),
        cost=(cost := random.randrange(5, 50) / 1000),
        active_skill=skill,
    )
    version = _NEW if newer else _OLD if skill == "code-agent" else _ONLY
    kept.load(
        skill,
        session_id=name,
        started=at + 2,
        skill_version=version,
        window_ms=random.randrange(4000, 90_000),
        tokens_input=random.randrange(2000, 20_000),
        tokens_output=random.randrange(200, 2000),
        cost=cost,
        model=model,
    )
    good = random.random() < (0.9 if newer else 0.5 if skill == "code-agent" else 0.62)
    began = at + 5
    tries = random.randrange(1, 4)
    outcome = "succeeded" if good else random.choice(("failed", "escalated"))
    run_ms = float(random.randrange(2000, 9000 if newer else 20_000))
    retries = random.randrange(0, 2)
    run_id = kept.run(
        skill,
        outcome,
        session_id=name,
        started=began,
        run_ms=run_ms,
        iterations=tries,
        retries=retries,
        run_tokens_input=random.randrange(1000, 6000),
        run_tokens_output=random.randrange(100, 900),
        model=model,
        error_type=None if good else "ToolError",
    )
    for index in range(1, tries + 1):
        kept.iteration(
            "verify",
            skill=skill,
            session_id=name,
            run_id=run_id,
            model=model,
            time=began + index,
            number=index,
            maximum=3,
            passed=int(good and index == tries),
            failed_criteria=() if good and index == tries else (random.choice(_CRITERIA),),
        )
    # As a merge would: a run's retries are its events of that kind.
    for _ in range(retries):
        kept.retry(skill=skill, session_id=name, run_id=run_id, model=model, time=began + 8)
    kept.event("skill_run_finished", session=name, run_id=run_id, skill=skill, time=began + 9)
    _calls(kept, random, name, message, model, skill, at + 10, good=good)
    for number in range(2):
        format = ("whole", "hashline")[number]
        success = random.random() < (0.55 if format == "whole" else 0.9)
        attempts = [(format, int(success))] if success else [(format, 0), ("whole", 1)]
        kept.edit(*attempts, model=model, session_id=name, skill=skill, time=at + 20 + number)


def _calls(
    kept: ReportsStore,
    random: Random,
    session: str,
    message: str,
    model: str,
    skill: str,
    at: int,
    *,
    good: bool,
) -> None:
    """A look, a change and a test; a write that no read went before often fails."""
    tools = [random.choice(("read", "read", "grep")), random.choice(("edit", "write")), "bash"]
    for place, tool in enumerate(tools):
        blind = tool == "write" and tools[0] == "grep"
        fails = (blind and random.random() < 0.7) or (tool == "bash" and not good)
        kept.call(
            tool,
            "failed" if fails else "succeeded",
            session_id=session,
            message_id=message,
            started=at + 1000 * place,
            ended=at + 1000 * place + 100,
            duration_ms=100 + random.randrange(500),
            model=model,
            active_skill=skill,
            reason={"write": "file exists", "bash": "exit 1"}[tool] if fails else None,
        )
