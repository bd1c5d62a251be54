"""Reports over many machines: time, memory and bytes, ``python -m benchmarks.fleet``.

Makes what machines export, 10⁵, 10⁶ and 10⁷ calls with the sessions, messages, runs, events and
edits that go with them, in a temporary folder; the same seed gives the same rows. Then it reports
on each size in a process of its own, and prints the seconds, those of the
processor, the peak memory, and by which factor the processor's seconds grow for each by which the
calls do: 1 is linear. Last comes a report since the last day, which opens fewer files (DuckDB says
how many). With `--engine` it does so on another engine, as `report --engine` has it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from tachikoma_telemetry.fleet.fleet_folder import FleetFolder
from tachikoma_telemetry.fleet.layout import FILE
from tachikoma_telemetry.fleet.manifest import Manifest
from tachikoma_telemetry.store.store import VERSION

DAY_MS = 86_400_000
BEGINNING = 1_767_225_600_000  # 2026-01-01
SECTIONS = ("skills", "compare", "tools", "edits", "patterns", "overview")
_SKILLS = 40
_SINCE = ", last day"

# What a row of a table is made of: `i` numbers the rows of all machines, `n` those of a file, of
# which there are `per`; the file has `calls` calls, from number `first` on, and its day begins at
# `day`. Random ids, which are as long as OpenCode's, are most of a file.
_ID = "substr(md5('{0}' || {1}), 1, 26)"


def _id(kind: str, number: str) -> str:
    return f"'{kind}_' || " + _ID.format(kind, f"({number})")


_SESSION = _id("ses", "first + n * calls // per // 100 * 100")
_WHEN = "day + (dice(i) % 28800000) + 28800000"
_MODEL = "['zai/glm-4.7', 'openai/gpt-5.2', 'anthropic/claude-5'][1 + dice(i, 3) % 3]"
_SKILL = f"'skill-' || (dice(i, 4) % {_SKILLS})"
_OK = "CASE WHEN dice(i, 5) % 100 < 88 THEN 'succeeded' ELSE 'failed' END"
_VERSION = "md5('version' || CASE WHEN day < middle THEN 1 ELSE 2 END)"

# How many rows a table has for 100 calls, and their columns.
_TABLES: dict[str, tuple[int, str]] = {
    "sessions": (
        1,
        f"""
        {_SESSION} AS session_id, 'project-' || dice(who) % 20 AS project_id,
        '/home/' || who || '/project' AS directory, 'Fix what the tests found, ' || i AS title,
        '1.18.0' AS version, {_WHEN} AS created, {_WHEN} + 3600000 AS updated, 'db' AS source
        """,
    ),
    "messages": (
        120,
        f"""
        {_id("msg", "i")} AS message_id, {_SESSION} AS session_id,
        CASE WHEN dice(i, 1) % 8 = 0 THEN 'user' ELSE 'assistant' END AS role,
        {_WHEN} AS created, {_WHEN} + 5000 AS completed, {_WHEN} + 5000 AS updated,
        {_MODEL} AS model, 'build' AS agent, dice(i, 2) % 9000 AS tokens_input,
        dice(i, 6) % 900 AS tokens_output, dice(i, 7) % 90000 AS tokens_cache_read,
        dice(i, 2) % 9000 * 3e-6 AS cost,
        CASE WHEN dice(i, 8) % 3 = 0 THEN {_SKILL} END AS active_skill,
        CASE WHEN dice(i, 1) % 8 = 0 THEN 1 ELSE 0 END AS opens_turn,
        0 AS copied, 1 AS counted, 'db' AS source
        """,
    ),
    "calls": (
        100,
        f"""
        {_id("prt", "i")} AS call_key, {_SESSION} AS session_id, {_id("msg", "i")} AS message_id,
        {_id("call", "i")} AS call_id,
        ['bash', 'read', 'edit', 'grep', 'skill', 'write'][1 + dice(i, 9) % 6] AS tool,
        CASE WHEN dice(i, 9) % 6 = 0 THEN 1 ELSE 0 END AS shell, {_OK} AS outcome,
        CASE WHEN dice(i, 5) % 100 >= 88 THEN 'exit ' || dice(i, 6) % 3 END AS reason,
        {_WHEN} AS started, {_WHEN} + dice(i, 6) % 9000 AS ended,
        dice(i, 6) % 9000 AS duration_ms, {_MODEL} AS model, 'build' AS agent, {_WHEN} AS updated,
        CASE WHEN dice(i, 9) % 6 = 0 THEN md5('c' || dice(i) % 9000) END AS command_digest,
        CASE WHEN dice(i, 8) % 3 = 0 THEN {_SKILL} END AS active_skill,
        0 AS copied, 1 AS counted, 'db' AS source
        """,
    ),
    "events": (
        10,
        f"""
        {_id("evt", "i")} AS event_id, 'iteration' AS type, {_WHEN} AS time,
        {_id("run", "i // 2")} AS run_id, {_SKILL} AS skill, {_SESSION} AS session_id,
        1 AS opencode, '/home/' || who || '/project' AS project, 'exact' AS match,
        {_id("prt", "i * 10")} AS call_key, {_SESSION} AS session, {_id("run", "i // 2")} AS run,
        '{{"passed":true,"index":1,"duration_ms":' || dice(i) % 9000 || '}}' AS body, 'j' AS source
        """,
    ),
    "skill_metrics": (
        10,
        f"""
        CASE WHEN i % 2 = 0 THEN 'load:' ELSE 'run:' END || {_id("prt", "i")} AS metric_id,
        CASE WHEN i % 2 = 0 THEN 'load' ELSE 'run' END AS kind,
        'skill-' || dice(i // 2) % {_SKILLS} AS skill,
        CASE WHEN i % 2 = 0 THEN {_VERSION} END AS skill_version, {_SESSION} AS session_id,
        CASE WHEN i % 2 = 1 THEN {_id("prt", "i")} END AS run_id, {_MODEL} AS model,
        'build' AS agent, day + n * 8000 + 28800000 AS started,
        CASE WHEN i % 2 = 0 THEN 'succeeded' ELSE {_OK} END AS outcome,
        CASE WHEN i % 2 = 0 THEN dice(i) % 90000 END AS window_ms,
        CASE WHEN i % 2 = 1 THEN dice(i) % 90000 + 0.5e0 END AS run_ms, 1 AS counted
        """,
    ),
    "edit_metrics": (
        10,
        f"""
        'call:' || {_id("prt", "i * 7")} AS attempt_id, 'call' AS source, {_SESSION} AS scope,
        {_id("edit", "i")} AS edit, 1 AS attempt, 1 AS last,
        ['hashline', 'whole', 'str_replace'][1 + dice(i, 2) % 3] AS format,
        CASE WHEN dice(i, 5) % 100 < 88 THEN 1 ELSE 0 END AS success, {_MODEL} AS model,
        split_part({_MODEL}, '/', 2) AS model_key, {_SKILL} AS skill, {_SESSION} AS session_id,
        {_WHEN} AS time, dice(i) % 900 + 0.5e0 AS duration_ms
        """,
    ),
}


class Made(NamedTuple):
    """A fleet that was made.

    Attributes:
        calls: how many it has.
        machines: how many.
        files: how many.
        bytes: of all files.
    """

    calls: int
    machines: int
    files: int
    bytes: int


class _Machine(NamedTuple):
    """A machine that is made: its number and name, on how many days, "
    "with how many calls on each.
    """

    number: int
    name: str
    days: int
    calls: int


def make(folder: Path, calls: int, per_file: int) -> Made:
    """Write the exports of a team of so many calls, so many a machine and day."""
    machines = max(2, round((calls / per_file) ** 0.5))
    days = max(2, round(calls / per_file / machines))
    place, files, size = FleetFolder(str(folder)), 0, 0
    with duckdb.connect() as duck:
        duck.execute("SET threads = 2")
        duck.execute("CREATE MACRO dice(a, b := 0) AS (hash(a, b) >> 2)::BIGINT")
        for number in range(machines):
            machine = _Machine(number, f"machine{number:04}", days, per_file)
            made: dict[str, tuple[int, str]] = {}
            for table in _TABLES:
                for path, rows in _write(duck, folder, machine, table):
                    made[str(path.relative_to(folder))] = rows, "made up"
                    size += path.stat().st_size
            files += len(made)
            end = BEGINNING + days * DAY_MS
            name = machine.name
            Manifest(name, name, name, VERSION, end, "benchmark", made).write(place)
    return Made(machines * days * per_file, machines, files, size)


def _write(
    duck: duckdb.DuckDBPyConnection, folder: Path, machine: _Machine, table: str
) -> Iterator[tuple[Path, int]]:
    """The files of a machine's table, a day each, and their rows."""
    number, name, days, calls = machine
    per_100, columns = _TABLES[table]
    rows = max(calls * per_100 // 100, 1)
    duck.execute(
        f"""
        COPY (
            SELECT {columns}, strftime(make_timestamp(day * 1000), '%Y-%m-%d') AS date
            FROM (
                SELECT
                    i, i % {rows} AS n, {rows} AS per, {calls} AS calls, '{name}' AS who,
                    i // {rows} * {calls} AS first, {BEGINNING + days // 2 * DAY_MS} AS middle,
                    {BEGINNING} + (i // {rows} - {number * days}) * {DAY_MS} AS day
                FROM range({number * days * rows}, {(number + 1) * days * rows}) r(i)
            )
        ) TO '{folder}/{table}' (
            FORMAT parquet, COMPRESSION zstd, PARTITION_BY (date), FILENAME_PATTERN '{name}',
            OVERWRITE_OR_IGNORE
        )
        """
    )
    for each in sorted((folder / table).glob(f"date=*/{name}*.parquet")):
        path = each.parent / f"machine={name}" / FILE
        path.parent.mkdir()
        each.rename(path)
        yield path, rows


_REPORT = """
import resource, sys, time
from tachikoma_telemetry.cli.report.store_report import period_of
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.reports import Filters, build
place, section, engine, since = sys.argv[1:]
section = None if section == "overview" else section
filters = Filters(since=int(since) if since else None)
began = time.perf_counter()
with fleet_engine(place, engine, period_of(section, filters)) as (opened, problems):
    ready = time.perf_counter() - began
    report = build(opened, section, filters, charts=False)
    files = sum(map(len, getattr(opened, "opened", {}).values()))
took = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_SELF)
print(ready, took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, files)
"""


class Measured(NamedTuple):
    """A report: seconds until it could begin, in all, of the processor; peak memory in MB; how many
    files DuckDB opened.
    """

    ready: float
    seconds: float
    worked: float
    megabytes: float
    files: float


def measure(folder: Path, section: str, engine: str, since: int | None = None) -> Measured:
    """Report in a process of its own; since then, ms since the epoch."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT, str(folder), section, engine, str(since or "")],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return Measured(*map(float, done.stdout.split()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="*", default=[10**5, 10**6, 10**7])
    parser.add_argument("--per-file", type=int, default=2000, help="calls of a machine and day")
    parser.add_argument("--sections", nargs="*", default=SECTIONS)
    parser.add_argument("--engine", default="duckdb", help="as `report --engine` has it")
    parser.add_argument("--keep", type=Path, help="make the fleets here, and leave them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        before: dict[str, tuple[int, Measured]] = {}
        for calls in given.calls:
            folder = (given.keep or Path(scratch)) / str(calls)
            made = _made(folder, calls, given.per_file)
            print(
                f"\n{made.calls:,} calls of {made.machines:,} machines in {made.files:,} files, "
                f"{made.bytes / made.calls:,.0f} bytes a call"
            )
            last = BEGINNING + (made.calls // made.machines // given.per_file - 1) * DAY_MS
            _print_reports(folder, made, given.sections, given.engine, last, before)


def _made(folder: Path, calls: int, per_file: int) -> Made:
    note = folder / "_made.json"
    if note.exists():
        return Made(**json.loads(note.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    made = make(folder, calls, per_file)
    note.write_text(json.dumps(made._asdict()))
    print(f"made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return made


def _print_reports(
    folder: Path,
    made: Made,
    sections: Sequence[str],
    engine: str,
    since: int,
    before: dict[str, tuple[int, Measured]],
) -> None:
    print("| section | seconds | until it is open | processor | memory | files | growth |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for section in (*sections, f"tools{_SINCE}"):
        name = section.removesuffix(_SINCE)
        found = measure(folder, name, engine, None if name == section else since)
        growth = "–"
        if section in before:
            calls, earlier = before[section]
            growth = f"{found.worked / earlier.worked / (made.calls / calls):.2f}"
        before[section] = made.calls, found
        print(
            f"| {section} | {found.seconds:.1f} s | {found.ready:.1f} s | {found.worked:.1f} s "
            f"| {found.megabytes:,.0f} MB | {found.files:,.0f} | {growth} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
