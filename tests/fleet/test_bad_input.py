"""What a fleet's folder may hold that is wrong: it is named, and the rest is reported."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec  # noqa: F401  # who may read nothing can't import it, either
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet import duckdb_engine
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.fleet.fleet_folder import FleetFolder
from tachikoma_telemetry.fleet.layout import manifest_path
from tachikoma_telemetry.reports.blocks import Sentence
from tachikoma_telemetry.reports.document import blocks_of

from ..reports_store import NOW, ReportsStore
from ..unprivileged import folder_of_nobody
from .exports import export_as


def store(name: str) -> ReportsStore:
    made = ReportsStore()
    made.session(f"s-{name}")
    made.message(f"s-{name}", message_id=f"m-{name}")
    made.call("bash", session_id=f"s-{name}", message_id=f"m-{name}", call_key=f"c-{name}")
    return made


def team(folder: Path) -> Path:
    """Two machines with a call each; the file that has the one of `bad`."""
    for name in ("good", "bad"):
        export_as(name, store(name).connection, folder)
    return next(folder.glob("calls/**/machine=bad/*.parquet"))


def calls(folder: Path) -> tuple[int, list[str]]:
    """How many calls a report has, and what it left out."""
    with fleet_engine(str(folder)) as (engine, problems):
        rows = reports.build(engine, "tools", now_ms=NOW).parts["tools"]
        return sum(row.calls for row in rows), list(problems)


def _overwritten(path: Path) -> None:
    """Whole at its end, where it says what it holds; the values are not."""
    content = path.read_bytes()
    path.write_bytes(b"PAR1" + b"\xff" * 600 + content[604:])


def _of_other_types(path: Path) -> None:
    table = pq.read_table(path, partitioning=None)
    words = pa.array(["yesterday"] * len(table))
    place = table.schema.get_field_index("started")
    pq.write_table(table.set_column(place, "started", words), path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "another format": lambda path: path.write_bytes(b"no Parquet " * 500),
    "gone": lambda path: path.unlink(),
    "overwritten": _overwritten,
    "other types": _of_other_types,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_named_and_the_rest_is_reported(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(team(tmp_path))

    many, problems = calls(tmp_path)

    assert many == 1
    assert ["machine=bad" in each and "left out" in each for each in problems] == [True]


def test_columns_of_a_later_version_are_no_hindrance(tmp_path: Path) -> None:
    """A machine whose export was killed after an upgrade: its manifest is the earlier one."""
    path = team(tmp_path)
    table = pq.read_table(path, partitioning=None)
    later = table.append_column("of_the_future", pa.array([{"a": 1}] * len(table)))
    pq.write_table(later.replace_schema_metadata({"tachikoma.layout": "999"}), path)

    assert calls(tmp_path) == (2, [])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("cost", float("nan")),
        ("cost", float("inf")),
        ("cost", 1e308),
        ("created", -1),
        ("created", 2**63 - 1),
        ("tokens_input", 2**62),
    ],
)
def test_a_file_with_a_value_that_can_t_be_right_is_named_and_the_rest_is_reported(
    tmp_path: Path, column: str, value: float
) -> None:
    """No export has such a value, but any program can write a file."""
    team(tmp_path)
    path = next(tmp_path.glob("messages/**/machine=bad/*.parquet"))
    table = pq.read_table(path, partitioning=None)
    place, values = table.schema.get_field_index(column), pa.array([value] * len(table))
    pq.write_table(table.set_column(place, column, values), path)

    with fleet_engine(str(tmp_path)) as (engine, problems):
        report = reports.build(engine, now_ms=NOW)

    assert [1, 2] == [sum(row.messages for row in report.parts["models"]), report.coverage.sessions]
    assert ["machine=bad" in each and "can't be right" in each for each in problems] == [True]


@pytest.mark.parametrize("content", ["", '{"format": ', "[]", '{"format": "tachikoma.fleet/1"}'])
def test_a_manifest_that_is_none_is_named_and_the_rest_is_reported(
    tmp_path: Path, content: str
) -> None:
    team(tmp_path)
    (tmp_path / manifest_path("bad")).write_text(content)

    many, problems = calls(tmp_path)

    assert many == 1
    assert ["bad.json" in each and "no manifest" in each for each in problems] == [True]


@pytest.mark.parametrize("moment", [-(10**18), 10**40])
def test_a_manifest_of_an_impossible_time_is_named_and_the_rest_is_reported(
    tmp_path: Path, moment: int
) -> None:
    team(tmp_path)
    path = tmp_path / manifest_path("bad")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"exported": moment}))

    with fleet_engine(str(tmp_path)) as (engine, problems):
        found = reports.build(engine, "fleet", now_ms=NOW).parts["fleet"]

    assert [row.machine for row in found] == ["good"]
    assert ["bad.json" in each and "no manifest" in each for each in problems] == [True]


def test_an_export_that_is_not_whole_is_no_reason_to_install_a_plugin(tmp_path: Path) -> None:
    """As one that a full disk ended: its files are named, and none of them is written yet."""
    export_as("good", store("good").connection, tmp_path)
    path = tmp_path / manifest_path("good")
    manifest = json.loads(path.read_text())
    begun = {name: [rows, ""] for name, (rows, _) in manifest["files"].items()}
    path.write_text(json.dumps(manifest | {"files": begun}))

    with fleet_engine(str(tmp_path)) as (engine, _):
        (_, sentence) = blocks_of(reports.build(engine, "tools", now_ms=NOW))

    assert isinstance(sentence, Sentence)
    assert "export parquet" in sentence.text
    assert "init" not in sentence.text


@pytest.mark.parametrize("what", ["file", "manifest"])
def test_what_may_not_be_read_is_named_and_the_rest_is_reported(what: str) -> None:
    with folder_of_nobody() as folder:
        path = team(folder)
        secret = path if what == "file" else folder / manifest_path("bad")
        secret.chmod(0)

        many, problems = calls(folder)

        assert many == 1
        assert ["bad" in each and "left out" in each for each in problems] == [True]


def test_two_machines_with_the_same_paths_do_not_hide_each_other(tmp_path: Path) -> None:
    """In containers every project has the same path: what each could not read is added up."""
    for name in ("one", "two"):
        made = store(name)
        made.add(
            "merge_state",
            source="/workspace/opencode.db",
            kind="database",
            state="{}",
            malformed=3,
            merged=NOW,
        )
        export_as(name, made.connection, tmp_path)

    with fleet_engine(str(tmp_path)) as (engine, _):
        (found,) = engine.execute("SELECT sum(malformed) FROM merge_state").fetchall()
    assert int(found[0]) == 6


def test_what_duckdb_refuses_is_an_error_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team(tmp_path)
    monkeypatch.setattr(duckdb_engine, "_MANY", 1)
    with fleet_engine(str(tmp_path)) as (engine, _):
        with pytest.raises(FleetError, match=r"DuckDB could not answer: .*Conversion"):
            engine.execute("SELECT CAST(tool AS INTEGER) FROM calls")
        late = (
            "SELECT CAST(CASE WHEN i > 90000 THEN 'x' ELSE '1' END AS INT) FROM range(99999) t(i)"
        )
        with pytest.raises(FleetError, match="DuckDB could not answer"):
            engine.execute(late).fetchall()


def test_a_file_that_is_exported_again_while_it_is_read_is_read_as_it_is_now(
    tmp_path: Path,
) -> None:
    team(tmp_path)
    with fleet_engine(str(tmp_path)) as (engine, problems):
        engine.execute("SELECT max(tool) FROM calls")
        more = store("bad")
        for number in range(99):
            more.call("read", session_id="s-bad", message_id="m-bad", call_key=f"{number}")
        export_as("bad", more.connection, tmp_path)

        assert engine.execute("SELECT count(*) FROM calls").fetchall() == [(101,)]
    assert not problems


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket whose server refuses everything, as one without the permission does."""

    class Refusal(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = refuse

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.refuse()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    yield "s3://team/telemetry"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_place_that_does_not_answer_is_an_error_with_its_name() -> None:
    with pytest.raises(FleetError, match=r"can't reach ftp://127\.0\.0\.1:9/team"):
        FleetFolder("ftp://127.0.0.1:9/team")


@pytest.mark.slow
def test_a_bucket_without_permission_is_an_error_with_a_sentence(forbidden: str) -> None:
    with pytest.raises(FleetError, match="in s3://team/telemetry: permission denied"):
        export_as("ada", store("ada").connection, forbidden)
    with (
        pytest.raises(FleetError, match="can't read _machines in s3://team/telemetry"),
        fleet_engine(forbidden),
    ):
        pass
