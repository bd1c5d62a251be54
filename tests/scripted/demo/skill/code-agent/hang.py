"""A run that never finishes: whoever runs this must end it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
name = sys.argv[2]
with telemetry.skill_run("code-agent") as run:
    run.retry(reason="timeout", attempt=1, max=3)
    scene.mark(f"{name}.running")
    scene.wait_for(f"{name}.released")
    os._exit(0)  # without an end of the run, like a process that was killed
