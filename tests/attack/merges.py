"""Merges are killed at any moment, or run beside each other."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

from tachikoma_telemetry.journal.append import append

from ..journal_at import event
from ..merging import contents, merge_project
from ..reference.histories import pieces_of
from ..reference.sources import Sources
from .place import child, project_in

ENOUGH = {"merges": 960, "killed merges": 320}


def attack(seed: int, folder: Path, size: int = 12) -> Counter[str]:
    """Merge a random history in `size` pieces, into a store whose merges are killed."""
    random = Random(seed)
    pieces = pieces_of(seed, 5)
    done: Counter[str] = Counter()
    with project_in(folder) as (root, _):
        sources = Sources(folder / "history")
        journal = sources.journal(sources.root)
        append(str(journal), event("first"))
        store, right = folder / "killed" / "unified.db", folder / "right" / "unified.db"

        def merge(into: Path) -> None:
            merge_project(
                sources.root, sources.database, journals=[journal], store=into, all_projects=True
            )

        step = -(-len(pieces) // size)
        with closing(sources.rows.db):
            for start in range(0, len(pieces), step):
                for piece in pieces[start : start + step]:
                    sources.write(piece)
                old = contents(root, store) if store.exists() else None
                began = time.monotonic()
                merge(right)
                took = time.monotonic() - began
                new = contents(root, right)
                done["merges"] += 1
                for _ in range(random.randrange(1, 4)):
                    process = child(lambda: merge(store))
                    time.sleep(took * random.random() * 1.5)
                    os.kill(process, signal.SIGKILL)
                    killed = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                    assert killed in (0, -signal.SIGKILL)
                    done += Counter({"merges": 1, "killed merges": int(killed != 0)})
                    left = contents(root, store) if store.exists() else None
                    assert left in (old, new), "the store is neither the old one nor the new"
                together = [child(lambda: merge(store)) for _ in range(random.choice((1, 1, 3)))]
                for process in together:
                    assert 0 == os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                    done["merges"] += 1
                assert new == contents(root, store), "killed merges left something behind"
        beside = [each for each in os.listdir(store.parent) if not each.startswith(store.name)]
        assert [".gitignore"] == beside, beside
        shutil.rmtree(folder / "killed")
    return done
