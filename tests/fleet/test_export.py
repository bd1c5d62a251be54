"""What `export parquet` leaves in a fleet's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet.fleet_folder import FleetFolder
from tachikoma_telemetry.fleet.manifest import read_manifest

from ..reports_store import DAY, NOW, ReportsStore
from ..unprivileged import folder_of_nobody
from .exports import export_as

DAY_OF = "2027-01-14"  # of NOW - DAY


def store() -> ReportsStore:
    """A store with a session in two days."""
    made = ReportsStore()
    made.session(title="Fix login", directory="/home/ada/shop")
    made.message()
    made.call("bash")
    made.call("bash", started=NOW)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_a_file_holds_one_table_of_one_day_of_one_machine(tmp_path: Path) -> None:
    export_as("ada", store().connection, tmp_path)

    calls = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.glob("calls/**/*.parquet"))
    assert calls == [
        f"calls/date={DAY_OF}/machine=ada/part.parquet",
        "calls/date=2027-01-15/machine=ada/part.parquet",
    ]
    table = pq.read_table(tmp_path / calls[0], partitioning=None)
    assert table.column("tool").to_pylist() == ["bash"]
    assert table.column("started").to_pylist() == [NOW - DAY]


def test_to_export_twice_changes_nothing_and_writes_nothing(tmp_path: Path) -> None:
    made = store()
    export_as("ada", made.connection, tmp_path)
    before = contents(tmp_path / "calls")

    again = export_as("ada", made.connection, tmp_path)

    assert (again.written, again.removed, again.bytes) == (0, 0, 0)
    assert contents(tmp_path / "calls") == before


def test_only_the_days_in_which_something_changed_are_written(tmp_path: Path) -> None:
    made = store()
    export_as("ada", made.connection, tmp_path)

    made.call("read", started=NOW)
    again = export_as("ada", made.connection, tmp_path)

    assert again.written == 1
    path = tmp_path / "calls/date=2027-01-15/machine=ada/part.parquet"
    assert sorted(pq.read_table(path, partitioning=None).column("tool").to_pylist()) == [
        "bash",
        "read",
    ]


def test_what_left_the_store_leaves_the_folder(tmp_path: Path) -> None:
    made = store()
    export_as("ada", made.connection, tmp_path)

    made.connection.execute("DELETE FROM calls WHERE started = ?", (NOW,))
    again = export_as("ada", made.connection, tmp_path)

    assert again.removed == 1
    assert not (tmp_path / "calls/date=2027-01-15/machine=ada/part.parquet").exists()


@contextmanager
def killed_before_write(number: int) -> Iterator[None]:
    """The process ends before it writes that file, counted from 0."""
    writes, real = count(), FleetFolder.write

    def write(self: FleetFolder, name: str, content: bytes) -> None:
        if next(writes) == number:
            raise KeyboardInterrupt
        real(self, name, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FleetFolder, "write", write)
        yield


def test_an_export_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    made, place = store(), FleetFolder(str(tmp_path))
    whole = tmp_path / "whole"
    export_as("ada", made.connection, whole)
    total = len(contents(whole))

    # Killed before its nth write, whichever that is; then the store loses what it had begun with.
    for deadly in range(total):
        folder = tmp_path / str(deadly)
        with killed_before_write(deadly), pytest.raises(KeyboardInterrupt):
            export_as("ada", made.connection, folder)
        smaller = store()
        smaller.connection.execute("DELETE FROM calls")
        export_as("ada", smaller.connection, folder)
        assert not [*folder.glob("calls/**/*.parquet")], deadly
    assert place.names("nothing") == []


def test_two_machines_of_one_name_are_found_out(tmp_path: Path) -> None:
    export_as("laptop", store().connection, tmp_path)

    with pytest.raises(FleetError, match="another machine, or another store, exports as laptop"):
        export_as("laptop", store().connection, tmp_path, machine_id="another")


@pytest.mark.parametrize("name", ["", "a/b", "..", "_machines", "a b", "x" * 101])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FleetError, match="can't name a machine"):
        export_as(name, store().connection, tmp_path)
    assert contents(tmp_path) == {}


def test_pseudonyms_take_the_place_of_folders_and_titles_go(tmp_path: Path) -> None:
    made = store()
    made.event(project="/home/ada/shop")

    export_as("m1", made.connection, tmp_path, key=b"a key that can't be guessed")

    everything = b"".join(contents(tmp_path).values())
    assert b"/home/ada" not in everything
    assert b"Fix login" not in everything
    (session,) = pq.read_table(tmp_path / "sessions", partitioning=None).to_pylist()
    assert session["title"] is None
    (event,) = pq.read_table(tmp_path / "events", partitioning=None).to_pylist()
    assert event["project"] == session["directory"]


def test_a_project_that_stays_at_home_leaves_no_row(tmp_path: Path) -> None:
    made = ReportsStore()
    home, work = tmp_path / "diary", tmp_path / "shop"
    for number, folder in enumerate((home, work)):
        session = made.session(f"s{number}", directory=str(folder))
        made.message(session)
        made.call("bash", session_id=session)
        made.load("skill", session_id=session)
        made.run("skill", session_id=session, run_id=f"r{number}")
        made.event(project=str(folder), run=f"r{number}", session=session)
    made.session("child", directory=str(work), parent_id="s0")

    export_as("ada", made.connection, tmp_path / "fleet", left_out=[home])

    for table in ("sessions", "messages", "calls", "skill_metrics", "events"):
        rows = pq.read_table(tmp_path / "fleet" / table, partitioning=None).to_pylist()
        sessions = {each.get("session_id") or each.get("session") for each in rows}
        assert sessions == {"s1"}, table


def test_what_another_program_wrote_in_another_type_is_unknown(tmp_path: Path) -> None:
    made = store()
    made.call("bash", duration_ms="fast", exit_code=2**70 * 1.0)

    export_as("ada", made.connection, tmp_path)

    rows = pq.read_table(tmp_path / "calls", partitioning=None).to_pylist()
    assert {each["duration_ms"] for each in rows} == {None}


def test_the_manifest_says_who_exported_what(tmp_path: Path) -> None:
    export_as("ada", store().connection, tmp_path)

    manifest = read_manifest(FleetFolder(str(tmp_path)), "ada")

    assert manifest is not None
    assert manifest.person == "ada"
    rows = {path: n for path, (n, _) in manifest.files.items() if path.startswith("calls/")}
    assert sum(rows.values()) == 2


def test_a_folder_that_can_not_be_written_is_an_error_with_a_sentence() -> None:
    made = store().connection
    with folder_of_nobody() as folder:
        folder.chmod(0o500)
        with pytest.raises(FleetError, match="permission denied"):
            export_as("ada", made, folder / "fleet")


def test_a_file_in_place_of_the_folder_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "fleet").write_text("no folder")
    with pytest.raises(FleetError, match=r"can't .* in"):
        export_as("ada", store().connection, tmp_path / "fleet")


def test_export_leaves_nothing_in_the_store() -> None:
    made = store()
    before = made.connection.execute("SELECT name FROM sqlite_temp_master").fetchall()
    with pytest.raises(FleetError):
        export_as("ada", made.connection, "/dev/null/x")
    assert made.connection.execute("SELECT name FROM sqlite_temp_master").fetchall() == before
