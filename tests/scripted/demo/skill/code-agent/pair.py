"""Records while its partner, run by another call at the same time, is certainly running, too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
name, partner = sys.argv[2:]
scene.mark(f"{name}.running")
scene.wait_for(f"{partner}.running")
with telemetry.skill_run("code-agent") as run:
    run.iteration(stage="verify", index=1, max=3, passed=True)
scene.mark(f"{name}.recorded")
scene.wait_for(f"{partner}.recorded")
