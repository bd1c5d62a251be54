"""System calls below the journal fail, at each place, and merges have no room to write."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.errors import TachikomaError
from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.prune import prune
from tachikoma_telemetry.journal.repair import repair
from tachikoma_telemetry.journal.spill import spill, spilled

from ..journal.test_faults import Faults
from ..journal_at import document, event, streamed
from ..merging import contents, merge_project
from ..reference.histories import pieces_of
from ..reference.sources import Sources
from .place import child, project_in

ENOUGH = {"injected faults": 3_409, "merges without room": 400}


def attack(seed: int, folder: Path, size: int = 3) -> Counter[str]:
    """Let every call of `size` random operations on random journals fail, once and for good."""
    random = Random(seed)
    done: Counter[str] = Counter()
    for number in range(size):
        operation = random.choice(sorted(_OPERATIONS))
        for for_good in (False, True):
            for at in count(1):
                place = folder / f"{number}-{for_good}-{at}"
                with project_in(place) as (root, _):
                    struck = _struck(Random(f"{seed}-{number}"), root, operation, at, for_good)
                if not struck:
                    break
                done["injected faults"] += 1
    done["merges without room"] += _without_room(random, folder / "room", size)
    return done


def _struck(random: Random, root: Path, operation: str, at: int, for_good: bool) -> bool:
    """Let the call of this number fail; whether there is one."""
    path = root / ".opencode" / "telemetry" / "metrics.json"
    expected = _made(random, path)
    with pytest.MonkeyPatch.context() as patch:
        faults = Faults(patch, at, for_good=for_good)
        try:
            acknowledged = _OPERATIONS[operation](path)
        except OSError:
            acknowledged = []
    if operation == "record" and for_good:
        acknowledged = []  # what can be written nowhere has an id, too; a warning says it is lost
    appending._recognised.clear()
    absorb(str(path), rotate_at=0)
    append(str(path), event("next"), rotate_at=0)
    found = Counter(streamed(path))
    where = f"{operation}, call {at}, for good: {for_good}"
    gone = {*expected, *acknowledged, "next"} - set(found)
    assert not gone or operation == "prune", f"{where}: lost {gone}"
    assert {1} == set(found.values()), f"{where}: twice {found.most_common(3)}"
    assert [] == spilled(str(path)), where
    document(path)
    return faults.struck


def _made(random: Random, path: Path) -> list[str]:
    """A journal of any state; the ids of its events, those that wait beside it included."""
    made = []
    path.parent.mkdir(parents=True)
    size = random.choice((0, 400, 9_000))
    for number in range(random.randrange(6)):
        append(str(path), event(f"e{number}", size), rotate_at=random.choice((0, 0, 2_000)))
        made.append(f"e{number}")
    damage = random.random()
    if path.exists() and damage < 0.3:
        os.truncate(path, path.stat().st_size - random.randrange(1, 4))
    elif path.exists() and damage < 0.5:
        with path.open("ab") as file:
            file.write(b',{"id":"torn","ty')
    elif not made and damage < 0.8:
        path.write_bytes(random.choice((b"", b"hello", b'{"skills":{},"edits":{},"rlm":{}}')))
    for number in range(random.choice((0, 0, 3))):
        spill(str(path), event(f"s{number}", size))
        made.append(f"s{number}")
    appending._recognised.clear()
    return made


def _append(path: Path) -> list[str]:
    append(str(path), event("new"), rotate_at=0)
    return ["new"]


def _rotate(path: Path) -> list[str]:
    append(str(path), event("new"), rotate_at=300)
    return ["new"]


def _absorb(path: Path) -> list[str]:
    absorb(str(path), rotate_at=10_000)
    return []


def _repair(path: Path) -> list[str]:
    if path.exists():
        repair(path)
    return []


def _prune(path: Path) -> list[str]:
    prune(path, lambda each: each["id"] in ("e0", "e3"), lambda found: found)
    return []


def _record(path: Path) -> list[str]:
    made = [telemetry.retry(reason="x"), telemetry.retry(reason="y")]
    return [each for each in made if each]


_OPERATIONS: dict[str, Callable[[Path], list[str]]] = {
    "append": _append,
    "rotate": _rotate,
    "absorb": _absorb,
    "repair": _repair,
    "prune": _prune,
    "record": _record,
}


def _without_room(random: Random, folder: Path, times: int) -> int:
    """Merge where files may grow so far only: it is an error, or done; the store is whole."""
    resource = pytest.importorskip("resource")
    with project_in(folder) as (root, _):
        sources = Sources(folder / "history")
        store = folder / "store" / "unified.db"
        journal = sources.journal(sources.root)
        append(str(journal), event("first"))

        def merge() -> None:
            merge_project(
                sources.root, sources.database, journals=[journal], store=store, all_projects=True
            )

        def limited() -> None:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
            try:
                merge()
            except TachikomaError:
                os._exit(3)

        pieces = pieces_of(random.randrange(10**9), times)
        step = -(-len(pieces) // (times * 4))
        for start in range(0, len(pieces), step):
            for piece in pieces[start : start + step]:
                sources.write(piece)
            old = contents(root, store) if store.exists() else None
            room = random.randrange(400_000)
            code = os.waitstatus_to_exitcode(os.waitpid(child(limited), 0)[1])
            assert code in (0, 3), f"a merge without room ended with {code}"
            left = contents(root, store) if store.exists() else None
            merge()
            assert left in (old, contents(root, store)), "half a merge is in the store"
        sources.rows.close()
    return len(range(0, len(pieces), step))
