"""One run that records every kind of event there is."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
failed_call, succeeded_call = sys.argv[2:]
with telemetry.skill_run("code-agent") as run:
    intent = run.intent("implement", confidence=0.9)
    run.iteration(stage="generate", index=1, max=3)
    run.edit("str_replace", success=False, edit_id="slug", attempt=1, edit_call_id=failed_call)
    run.edit("str_replace", success=True, edit_id="slug", attempt=2, edit_call_id=succeeded_call)
    run.edit("hashline", success=True, edit_id="imports", attempt=1, tokens=310)
    run.iteration(stage="verify", index=1, max=3, passed=False, failed_criteria=["edge_cases"])
    run.retry(reason="edge_cases", attempt=2, max=3)
    run.iteration(stage="verify", index=2, max=3, passed=True, score=0.93)
    with run.rlm_chunk(index=0, total=1, size=50_000, mode="sequential") as chunk:
        time.sleep(0.02)
        chunk.tokens, chunk.accuracy = 812, 0.9
    run.label(intent, actual="implement")
    run.tokens(input=5000, output=700)
