"""Databases of OpenCode and stores of ours with other bytes in them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

from tachikoma_telemetry import telemetry

from ..cli.test_values_fuzz import run
from ..opencode_rows import START, Rows
from ..reference.histories import pieces_of
from ..reference.sources import Sources
from .place import project_in

ENOUGH = {"damaged databases": 2_782}


def attack(seed: int, folder: Path, size: int = 15) -> Counter[str]:
    """Damage a database of OpenCode and a store, `size` times; commands say so in a sentence."""
    with project_in(folder) as (_, patch):
        good = folder / "good.db"
        database = _history(seed, folder)
        assert 0 == run(patch, "merge", "--db", str(database), "--store", str(good))[0]
        with closing(sqlite3.connect(good)) as store:
            store.execute("PRAGMA journal_mode = DELETE")
        whole, history = good.read_bytes(), database.read_bytes()
        for number in range(size):
            random = Random(f"{seed}-{number}")
            ours, theirs = folder / f"{number}.db", folder / f"opencode-{number}.db"
            ours.write_bytes(_damaged(whole, random))
            theirs.write_bytes(_damaged(history, random))
            fresh = folder / f"fresh-{number}.db"
            for command in (
                ("report", "--no-merge", "--store", ours),
                ("report", "calls", "--no-merge", "--format", "json", "--store", ours),
                ("doctor", "--store", ours, "--db", theirs),
                ("merge", "--db", database, "--store", ours, "--json", folder / "out.json"),
                ("merge", "--db", theirs, "--store", fresh),
                ("merge", "--db", theirs, "--db", database, "--store", fresh),
            ):
                code, _ = run(patch, *map(str, command))
                assert code in (0, 1), command
            for path in folder.glob("*.db*"):
                if path not in (good, database):
                    path.unlink()
    return Counter({"damaged databases": 2 * size})


def _history(seed: int, folder: Path) -> Path:
    """A database of many pages, or of a random history."""
    with telemetry.skill_run("x") as a_run:
        a_run.retry("x")
    if seed % 2:
        rows = Rows(folder / "opencode.db", folder / "project")
        session = rows.session()
        for number in range(40):
            rows.call(session, "bash", f"call_{number}", at=START + number, output="x" * 400)
        return rows.close()
    sources = Sources(folder / "history")
    for piece in pieces_of(seed):
        sources.write(piece)
    return sources.rows.close()


def _damaged(content: bytes, random: Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(random.choice((1, 4, 30, 300))):
        damaged[random.randrange(100, len(damaged))] = random.randrange(256)
    if random.random() < 0.2:
        del damaged[random.randrange(200, len(damaged)) :]
    return bytes(damaged)
