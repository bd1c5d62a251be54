"""One turn of a verification loop that spans several commands: argument two is the turn, three is
`last` or `more`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
turn, last = int(sys.argv[2]), sys.argv[3] == "last"
with telemetry.skill_run("verifier", run_id="verify-slug", finish=last) as run:
    run.iteration(
        stage="verify",
        index=turn,
        max=3,
        passed=last,
        failed_criteria=[] if last else ["edge_cases", "logic"],
    )
    if not last:
        with telemetry.skill_run("reviser") as nested:
            nested.iteration(stage="revise", index=turn, max=3)
