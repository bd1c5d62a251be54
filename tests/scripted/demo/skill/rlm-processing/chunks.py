"""Ten chunks in two waves of five, one of which fails."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene

from tachikoma_telemetry import telemetry

scene.arrive()
FAILS = 7


def read(index: int) -> None:
    with run.rlm_chunk(index, 10, 50_000, mode="parallel", wave=1 + index // 5) as chunk:
        # A chunk's share of the work, so that a report has something to show.
        time.sleep(0.03 + 0.004 * index)
        if index == FAILS:
            raise ValueError("not a text")
        chunk.tokens, chunk.accuracy = 800 + index, 0.9


with telemetry.skill_run("rlm-processing") as run, ThreadPoolExecutor(5) as pool:
    for wave in (range(5), range(5, 10)):
        futures = [pool.submit(read, index) for index in wave]
        print([future.exception() for future in futures])
    run.tokens(input=8000, output=900)
