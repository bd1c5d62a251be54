"""Classifies two requests; what they really were is known later."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
with telemetry.skill_run("intent-router") as run:
    sure = run.intent("debug", confidence=0.82, escalated=False, alternatives={"implement": 0.11})
    unsure = run.intent("unclear", confidence=0.31, escalated=True, strategy="ask_user")
scene.keep("intents", [sure, unsure])
