"""Records the attempts of a patch; the model comes from the context."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
failed_call, succeeded_call = sys.argv[2:]
with telemetry.skill_run("code-agent") as run:
    run.edit("apply_patch", success=False, edit_id="dates", attempt=1, edit_call_id=failed_call)
    run.edit("apply_patch", success=True, edit_id="dates", attempt=2, edit_call_id=succeeded_call)
