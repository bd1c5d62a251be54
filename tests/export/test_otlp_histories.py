"""Histories that grow: each record goes out once, in whatever pieces, below what it belongs to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tachikoma_telemetry.export.otlp.span import span_id
from tachikoma_telemetry.project import store_path

from ..merging import merge_project, rows
from ..opencode_v2_changes import change_somehow, retry_step
from ..opencode_v2_history import History
from ..random_history import seeds
from .receivers import backend, send


@pytest.mark.parametrize("seed", seeds(fast=1, all=3))
def test_exports_in_pieces_are_one_export(seed: int, project: Path) -> None:
    """Of OpenCode 2, with the changes that it makes to its rows."""
    random, history = Random(seed), History(project / "opencode.db", project)
    store = store_path(project)
    with backend() as receiver:
        for piece in range(8):
            for _ in range(8):
                # Steps that are complete are retried, too, and then are in another turn.
                change_somehow(history, random, without=(retry_step,))
            merge_project(project, history.path)
            send(store, receiver.endpoint, now=history.at, unfinished=piece == 7)
        found = receiver.spans
    history.close()

    sent = Counter(int.from_bytes(each.span_id) for each in found)
    assert {1} == {*sent.values()}
    calls = rows(project, "SELECT call_key FROM calls WHERE counted = 1")
    steps = rows(
        project, "SELECT message_id FROM messages WHERE role = 'assistant' AND counted = 1"
    )
    wanted = {span_id("call", each) for each in calls} | {span_id("step", each) for each in steps}
    assert wanted
    assert set() == wanted - {*sent}
    below = {(each.trace_id, each.parent_span_id) for each in found if each.parent_span_id}
    assert below <= {(each.trace_id, each.span_id) for each in found}
