"""A real backend with a page: Phoenix shows agents, models and tools, and tokens once.

It is as large as all else that the tests need, so it has an environment of its own: `make phoenix`.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tachikoma_telemetry.sample import unpack

from ..merging import merge_project, rows
from ..scripted.versions import CHECKOUT
from .receivers import free_port, send

FOLDER = Path(os.environ.get("TACHIKOMA_PHOENIX") or CHECKOUT / ".cache" / "phoenix")
PHOENIX = FOLDER / "bin" / "phoenix"
START_SECONDS = 240

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PHOENIX.exists(), reason="Phoenix is not here: `make phoenix` fetches its 850 MB"
    ),
]

_QUERY = """{projects {edges {node {
    tokenCountPrompt tokenCountCompletion
    spans(first: 1000) {edges {node {name spanKind statusCode}}}
    sessions(first: 100) {edges {node {sessionId}}}
}}}}"""


@pytest.fixture(scope="module")
def phoenix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens, on loopback; stopped in the end."""
    folder = tmp_path_factory.mktemp("phoenix")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [PHOENIX, "serve"],
            env={**os.environ, "HOME": str(folder), **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"{address}/healthz", server, folder / "log")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            waiting = server.poll() is None and time.monotonic() < deadline
            assert waiting, log.read_text(errors="replace")[-2000:]
            time.sleep(0.2)


def _project(phoenix: str, spans: int) -> Any:
    """What it shows of the project, when it has taken in so many spans."""
    asked = Request(
        f"{phoenix}/graphql",
        json.dumps({"query": _QUERY}).encode(),
        {"Content-Type": "application/json"},
    )
    deadline = time.monotonic() + START_SECONDS
    while True:
        with urlopen(asked, timeout=30) as answer:
            (edge,) = json.load(answer)["data"]["projects"]["edges"]
        if len(edge["node"]["spans"]["edges"]) >= spans or time.monotonic() > deadline:
            return edge["node"]
        time.sleep(0.2)


def test_it_shows_agents_models_and_tools_with_tokens_once(phoenix: str, tmp_path: Path) -> None:
    """It takes traces only, which is said; exported twice, it holds each span once."""
    sample, store = unpack(tmp_path), tmp_path / "unified.db"
    merge_project(
        sample.root, sample.database, journals=[sample.journal], store=store, all_projects=True
    )
    outcomes = send(store, phoenix)
    send(store, phoenix)
    (tmp_path / "unified.exported.db").unlink()
    send(store, phoenix)
    project = _project(phoenix, outcomes[0].sent)

    assert {"logs": True, "metrics": True, "traces": False} == {
        each.endpoint.signal: each.refused for each in outcomes
    }
    shown = [each["node"] for each in project["spans"]["edges"]]
    assert outcomes[0].sent == len(shown)
    kinds = Counter((each["spanKind"], each["name"].split()[0]) for each in shown)
    assert {"agent": "invoke_agent", "llm": "chat", "tool": "execute_tool"} == {
        kind: name for kind, name in kinds if kind != "unknown"
    }
    spent = rows(
        tmp_path,
        "SELECT sum(tokens_input + tokens_cache_read + tokens_cache_write), "
        "sum(tokens_output + tokens_reasoning) FROM messages WHERE counted = 1",
        store=store,
    )
    assert [(project["tokenCountPrompt"], project["tokenCountCompletion"])] == spent
    sessions = {each["node"]["sessionId"] for each in project["sessions"]["edges"]}
    tops = "SELECT session_id FROM sessions WHERE parent_id IS NULL"
    assert sessions == {*rows(tmp_path, tops, store=store)}
