"""A run that fails; its command exits with 3."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
with telemetry.skill_run("code-agent") as run:
    run.iteration(stage="verify", index=3, max=3, passed=False, failed_criteria=["logic"])
    run.fail("two tests fail")
print("two tests fail")
sys.exit(3)
