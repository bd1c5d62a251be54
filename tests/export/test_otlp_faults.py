"""Backends that refuse, fail or are not there, settings, and stores that hold anything."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tachikoma_telemetry.errors import ExportError, StoreError
from tachikoma_telemetry.export.otlp import otlp_export
from tachikoma_telemetry.export.otlp.sent_ids import sent_path

from ..command_line import assert_refused, run, run_process
from ..full_store import full_store
from ..reports_store import HOUR, NOW, ReportsStore
from .receivers import Backend, attributes, backend, free_port, send

PROSE = "the user's own words"


@pytest.fixture
def receiver() -> Iterator[Backend]:
    """A backend that does as the test says."""
    with backend() as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with something for each signal."""
    path = tmp_path / "unified.db"
    filled = ReportsStore(path).marked()
    filled.connection.execute("BEGIN")
    filled.session(title=PROSE, directory="/home/somebody/secret")
    filled.message(message_id="u1", role="user", opens_turn=1, created=NOW - 9 * HOUR)
    filled.message(message_id="m1", created=NOW - 8 * HOUR, completed=NOW - 7 * HOUR)
    filled.message(message_id="m2", created=NOW - 7 * HOUR, completed=NOW - 6 * HOUR)
    for number in range(20):
        call = filled.call(
            started=NOW - 8 * HOUR, ended=NOW - 7 * HOUR, outcome="failed", reason=PROSE
        )
        body = orjson.dumps({"index": number, "passed": True, "reason": PROSE}).decode()
        filled.event("iteration", call_key=call, time=NOW - 7 * HOUR, body=body)
        filled.event("retry", call_key=call, time=NOW - 7 * HOUR, body=body)
    filled.connection.execute("COMMIT")
    filled.connection.close()
    return path


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are several."""
    monkeypatch.setattr(otlp_export, "BATCH", 5)


def _sent(receiver: Backend) -> tuple[int, int, int]:
    return len(receiver.spans), len(receiver.logs), len(receiver.metrics)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_signal_that_is_not_taken_holds_back_no_other(
    status: int, store: Path, receiver: Backend
) -> None:
    """The command says so and how to leave it out, and has done its job."""
    receiver.status = {"metrics": status, "logs": status}
    done = run("export", "otlp", "--no-merge", "--store", store, "--endpoint", receiver.endpoint)

    assert 0 == done.returncode
    assert f"{status}" in done.stderr
    assert "OTEL_METRICS_EXPORTER=none" in done.stderr
    assert "OTEL_LOGS_EXPORTER=none" in done.stderr
    assert (23, 0, 0) == _sent(receiver)


def test_a_backend_that_takes_nothing_is_a_failure(store: Path, receiver: Backend) -> None:
    """It may be no OpenTelemetry backend at all."""
    receiver.status = dict.fromkeys(("traces", "metrics", "logs"), 404)
    done = run("export", "otlp", "--no-merge", "--store", store, "--endpoint", receiver.endpoint)

    assert 1 == done.returncode


def test_what_failed_is_sent_by_the_next_export(
    small_batches: None, store: Path, receiver: Backend
) -> None:
    """From the batch on that was not acknowledged, and each span once."""
    receiver.status = {"traces": [200, 200, 400]}
    failed = send(store, receiver.endpoint)[0]
    assert (8, True, False) == (failed.sent, failed.failed, failed.refused)
    assert "400" in str(failed.problem)

    again = send(store, receiver.endpoint)[0]
    assert (15, False) == (again.sent, again.failed)
    assert {1} == {*Counter(each.span_id for each in receiver.spans).values()}


def test_a_dead_collector_delays_and_loses_nothing(
    store: Path, receiver: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it goes out when something listens again; it is waited for once, not by signal."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    place = f"http://127.0.0.1:{free_port()}"
    done = run("export", "otlp", "--no-merge", "--store", store, "--endpoint", place)

    assert 1 == done.returncode
    assert "no answer" in done.stderr
    assert 2 == done.stderr.count("not tried")
    assert "Traceback" not in done.stderr
    send(store, receiver.endpoint)
    assert (23, 20) == _sent(receiver)[:2]


def test_each_endpoint_has_its_own_watermark(store: Path, receiver: Backend) -> None:
    """What went to one is new to another."""
    with backend() as other:
        send(store, receiver.endpoint)
        send(store, other.endpoint)

        assert _sent(receiver) == _sent(other)


def test_an_export_that_is_killed_sends_at_most_a_batch_again(
    store: Path, receiver: Backend
) -> None:
    """Under the same ids."""
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    script = (
        "import sys, pathlib\n"
        "from tachikoma_telemetry.export.otlp import otlp_export, sent_ids\n"
        "otlp_export.BATCH, add = 5, sent_ids.Destination.add\n"
        "def kill(self, ids, calls=[]):\n"
        "    calls.append(1)\n"
        f"    if len(calls) == 3: {killed}\n"
        "    add(self, ids)\n"
        "sent_ids.Destination.add = kill\n"
        "otlp_export.export(pathlib.Path(sys.argv[1]), endpoint=sys.argv[2], version='0', "
        f"now={NOW})\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, store, receiver.endpoint], timeout=60, check=False
    )
    assert -signal.SIGKILL == ended.returncode
    assert 13 == len(receiver.spans)

    send(store, receiver.endpoint)
    times = Counter((each.trace_id, each.span_id) for each in receiver.spans)
    assert 23 == len(times)
    assert 5 == sum(each - 1 for each in times.values())


def test_what_the_backend_rejects_of_a_batch_is_said(store: Path, receiver: Backend) -> None:
    """And not sent again, as the protocol has it. Its words can't act on the terminal."""
    receiver.rejects = 3
    done = run("export", "otlp", "--no-merge", "--store", store, "--endpoint", receiver.endpoint)

    assert 0 == done.returncode
    assert "rejected 3: too old" in done.stderr
    assert "\x1b" not in done.stderr
    assert 0 == send(store, receiver.endpoint)[0].sent


def test_the_standard_settings_hold(
    store: Path, receiver: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoint, headers, compression, resource and the signals that are wanted."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.endpoint}/v1/traces")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=skills,service.name=ours")
    for each in ("METRICS", "LOGS"):
        monkeypatch.setenv(f"OTEL_{each}_EXPORTER", "none")
    outcomes = send(store, None)

    assert [("traces", 23)] == [(each.endpoint.signal, each.sent) for each in outcomes]
    assert ("Basic abc", "gzip") == (
        receiver.headers[0]["authorization"],
        receiver.headers[0]["Content-Encoding"],
    )
    resource = receiver.resources[0]
    assert ("skills", "ours") == (resource["team"], resource["service.name"])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "http://localhost:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1", "no address"),
    ],
)
def test_a_setting_that_can_t_be_followed_is_an_error(
    name: str, value: str, said: str, store: Path
) -> None:
    """In one line, before anything is sent."""
    done = run("export", "otlp", "--no-merge", "--store", store, **{name: value})

    assert_refused(done, said)


def test_without_the_extra_it_says_how_to_install_it(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run needs none."""
    monkeypatch.setitem(sys.modules, "tachikoma_telemetry.export.otlp.collector", None)

    assert_refused(run("export", "otlp", "--no-merge", "--store", store), "extra `otel`", "install")
    assert 0 == run("export", "otlp", "--no-merge", "--store", store, "--dry-run").returncode


def test_no_text_of_a_user_or_model_leaves(store: Path, receiver: Backend) -> None:
    """No title, folder, reason or error message; the machine has no name."""
    send(store, receiver.endpoint)
    everything = repr((receiver.spans, receiver.logs, receiver.metrics, receiver.resources))

    assert PROSE not in everything.replace("\\", "")
    for word in ("somebody", "secret", str(store.parent), os.uname().nodename):
        assert word not in everything
    assert {"service.name", "service.instance.id"} == {*receiver.resources[0]}


def test_a_store_of_anything_is_exported(tmp_path: Path, receiver: Backend) -> None:
    """Times and numbers that no protocol holds, circles of sessions, bodies that are no JSON."""
    path = tmp_path / "unified.db"
    odd = ReportsStore(path).marked()
    odd.session("a", parent_id="b")
    odd.session("b", parent_id="a")
    for number, time in enumerate((None, -1, 0, 2**62, 253_402_300_799_999, NOW - HOUR)):
        odd.message("a", message_id=f"m{number}", created=time, completed=time, cost=float("inf"))
        call = odd.call(
            "x" * 5000, session_id="a", started=time, ended=-5,
            message_id=f"m{number}", exit_code=2**62, call_key=f"c{number}",
            parent_call=f"c{number}",
        )  # fmt: skip
        for body in ("[]", "{", '{"index":1e400}', '{"stage":["x"],"failed_criteria":[1,"a"]}'):
            odd.event("iteration", call_key=call, time=time or 0, body=body)
        odd.event("unheard-of", "none", time=time or 0, body='{"reason":"x"}')
    odd.load("s", session_id="a", call_key="c5", window_ms=2**62, ended=NOW, agent="x")
    odd.run(session_id="a", run_ms=1e300, ended=NOW, source="event")
    outcomes = send(path, receiver.endpoint)

    assert [None] * 3 == [each.problem for each in outcomes]
    names = Counter(each.name.split()[0] for each in receiver.spans)
    assert {"execute_tool", "chat"} <= {*names}
    assert 1 == names["chat"]


def test_a_planted_record_of_what_was_sent_is_refused(store: Path, receiver: Backend) -> None:
    """A cloned repository can't keep anything back."""
    with sqlite3.connect(sent_path(store)) as planted:
        planted.execute("CREATE TABLE sent (target, id)")
    planted.close()
    with pytest.raises(ExportError, match="delete it"):
        send(store, receiver.endpoint)

    sent_path(store).unlink()
    sent_path(store).symlink_to("/dev/zero")
    with pytest.raises(ExportError, match="link"):
        send(store, receiver.endpoint)
    assert (0, 0, 0) == _sent(receiver)


def test_a_record_on_a_full_disk_ends_the_export(
    store: Path, receiver: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what follows from that."""
    send(store, receiver.endpoint, since=NOW)
    sent_path(store).chmod(0o600)
    locked = sqlite3.connect(sent_path(store), isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("tachikoma_telemetry.export.otlp.sent_ids._BUSY_SECONDS", 0.0)
    with pytest.raises(ExportError, match="database is locked"):
        send(store, receiver.endpoint)
    locked.close()


def test_no_store_is_an_error(tmp_path: Path) -> None:
    """And leaves no record beside it."""
    with pytest.raises(StoreError, match="no store"):
        send(tmp_path / "unified.db", "http://127.0.0.1:1")
    assert [] == [*tmp_path.iterdir()]


def test_a_wrong_time_is_wrong_usage(store: Path) -> None:
    """As in the reports."""
    done = run("export", "otlp", "--no-merge", "--store", store, "--since", "soon")

    assert_refused(done, "--since", exit_code=2)


def test_a_dry_run_prints_an_example_of_each_signal(store: Path) -> None:
    """As JSON, with counts."""
    done = run("export", "otlp", "--no-merge", "--store", store, "--dry-run")
    printed = orjson.loads(done.stdout)

    assert [23, 20] == [printed[each]["new"] for each in ("traces", "logs")]
    assert "execute_tool bash" == printed["traces"]["example"]["name"]
    assert "gen_ai.evaluation.result" == printed["logs"]["example"]["name"]
    assert "http://localhost:4318/v1/traces" == printed["traces"]["endpoint"]
    assert "" == done.stderr


@pytest.mark.slow
def test_an_export_takes_bounded_memory(tmp_path: Path, receiver: Backend) -> None:
    """Batches have at most so many spans, however many there are."""
    path = tmp_path / "unified.db"
    filled = full_store(200)
    with sqlite3.connect(path) as disk:
        filled.connection.backup(disk)
    disk.close()
    ReportsStore.marked(_opened(path))
    (traces, *_) = send(path, receiver.endpoint)

    assert len(receiver.spans) == traces.sent > 3 * otlp_export.BATCH
    assert max(receiver.batches) <= otlp_export.BATCH


def _opened(path: Path) -> ReportsStore:
    store = ReportsStore.__new__(ReportsStore)
    store._connection = sqlite3.connect(path, isolation_level=None)
    store._is_added_up = True
    return store


@pytest.mark.slow
def test_it_merges_what_is_new_first(project: Path, tmp_path: Path, receiver: Backend) -> None:
    """Recorded events go out in the same command, in a process of its own."""
    assert 0 == run_process("log", "retry", "--skill", "code-agent").returncode
    done = run_process("export", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint)

    assert 0 == done.returncode, done.stderr
    assert "code-agent" == attributes(receiver.named("tachikoma.retry"))["gen_ai.skill.name"]
    assert 3 == done.stderr.count(" sent to ")
    quiet = run_process("export", "otlp", "-q", OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint)
    assert (0, "", "") == (quiet.returncode, quiet.stdout, quiet.stderr)


def _copied(store: Path, folder: Path) -> Path:
    folder.mkdir()
    return Path(shutil.copy(store, folder))


def test_two_stores_do_not_mix_their_metrics(
    store: Path, receiver: Backend, tmp_path: Path
) -> None:
    """Each has an instance id of its own, the same in every export."""
    other = _copied(store, tmp_path / "other")
    ids: list[Any] = []
    for each in (store, other, store):
        receiver.resources.clear()
        send(each, receiver.endpoint)
        sent_path(each).unlink()
        ids.append({found["service.instance.id"] for found in receiver.resources})

    assert ids[0] == ids[2] != ids[1]
    assert [1, 1, 1] == [*map(len, ids)]
