"""Processes that record are killed at any instruction."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.spill import spilled

from ..journal_at import event, ids, streamed
from .place import child, project_in

ENOUGH = {"kills": 13_200, "acknowledged events": 1_840_000}
Write = Callable[[int], str]


def attack(seed: int, folder: Path, size: int = 60) -> Counter[str]:
    """Kill `size` times one to four writers, and hold the journal against what they were told."""
    random = Random(seed)
    done: Counter[str] = Counter()
    with project_in(folder) as (root, patch):
        journal = root / ".opencode" / "telemetry" / "metrics.json"
        rotate_at = random.choice((0, 100_000, 3_000_000))
        patch.setenv("TACHIKOMA_TELEMETRY_ROTATE_MB", str(rotate_at / 1048576))
        telemetry.retry(reason="first")
        acknowledged: set[str] = set()
        for round_ in range(size):
            length = random.choice((0, 0, 0, 150, 150, 4_000, 60_000))
            writers = random.choice((1, 1, 2, 4))
            told = _killed(random, writers, _write(journal, f"{round_}", length, rotate_at))
            acknowledged |= told
            done += Counter({"kills": writers, "acknowledged events": len(told)})
            after = event(f"after-{round_}")
            append(str(journal), after, rotate_at=rotate_at)
            acknowledged.add(f"after-{round_}")
            if random.random() < 0.2 or round_ == size - 1:
                absorb(str(journal), rotate_at=rotate_at)
                assert [] == spilled(str(journal))
                found = Counter(streamed(journal))
                assert not acknowledged - set(found), sorted(acknowledged - set(found))[:9]
                assert {1} == set(found.values()), found.most_common(3)
                ids(journal)  # it is one document
    return done


def _write(journal: Path, name: str, length: int, rotate_at: int) -> Write:
    """Write the next event of a writer; short ones by the API, which may put them beside it."""

    def write(number: int) -> str:
        if not length:
            made = telemetry.retry(reason=name, attempt=1 + number)
            assert made is not None
            return made
        made = f"{name}-{os.getpid()}-{number}"
        append(str(journal), event(made, length), timeout=60, rotate_at=rotate_at)
        return made

    return write


def _killed(random: Random, writers: int, write: Write) -> set[str]:
    """Let some processes write, kill each; the events whose ids they had got to say."""
    running = []
    for _ in range(writers):
        reader, writer = os.pipe()

        def work(writer: int = writer) -> None:
            number = 0
            while True:
                os.write(writer, write(number).encode() + b"\n")
                number += 1

        running.append((child(work), reader))
        os.close(writer)
    told = set()
    for process, reader in running:
        with open(reader, "rb") as stream:
            lines = [stream.readline() for _ in range(random.choice((0, 1, 20, 200, 400)))]
            os.kill(process, signal.SIGKILL)
            lines += stream.readlines()
        os.waitpid(process, 0)
        # Nothing was written before the kill of one that had no time to.
        told |= {line.decode().strip() for line in lines if line.endswith(b"\n")}
    return told
