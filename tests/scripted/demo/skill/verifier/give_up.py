"""A verification loop in one command that ends with an escalation."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
with telemetry.skill_run("verifier") as run:
    for turn in (1, 2, 3):
        run.iteration(stage="verify", index=turn, max=3, passed=False, failed_criteria=["security"])
    run.escalate("max_iterations")
