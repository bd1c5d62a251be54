"""Labels the intents of an earlier call, in a run-less way, and records one more event outside of
any run.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
sure, unsure = scene.kept("intents")
telemetry.label(sure, actual="debug")
telemetry.label(unsure, actual="review", correct=False)
telemetry.iteration(stage="review", index=1, passed=True)
