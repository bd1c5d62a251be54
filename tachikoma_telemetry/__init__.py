"""Telemetry for OpenCode skills.

    from tachikoma_telemetry import telemetry

    with telemetry.skill_run("code-agent") as run:
        run.iteration(stage="verify", index=1, max=3, passed=True)

Importing this opens no file and loads neither pydantic nor typer.
"""

from . import recording as telemetry
from .recording import (
    Attempt,
    Attempts,
    Chunk,
    EditChain,
    RlmRun,
    Run,
    SkillRun,
    TelemetryError,
    attempts,
    cancel,
    current,
    edit,
    edit_chain,
    enabled,
    escalate,
    fail,
    intent,
    iteration,
    label,
    record,
    retry,
    rlm,
    rlm_chunk,
    skill_run,
    succeed,
    tokens,
)

__version__ = "0.1.0"

__all__ = [
    "Attempt",
    "Attempts",
    "Chunk",
    "EditChain",
    "RlmRun",
    "Run",
    "SkillRun",
    "TelemetryError",
    "attempts",
    "cancel",
    "current",
    "edit",
    "edit_chain",
    "enabled",
    "escalate",
    "fail",
    "intent",
    "iteration",
    "label",
    "record",
    "retry",
    "rlm",
    "rlm_chunk",
    "skill_run",
    "succeed",
    "telemetry",
    "tokens",
]
