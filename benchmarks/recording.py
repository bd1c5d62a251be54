"""What recording costs, as ratios to what it can't cost less than, measured in one run.

    python -m benchmarks.recording [--quick]

Every ratio is the median of interleaved rounds, so that a slow moment of the machine hits both
sides. The predecessor is measured by its way of writing (read, modify, write the whole file), and
the OpenTelemetry SDK if it is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.format import document

Timed = Callable[[int], None]

EVENT = json.dumps(
    {
        "id": "01a206b05dcb0001bc760273ecef2258",
        "type": "iteration",
        "time": 1_795_384_226_012,
        "run_id": "run_df8bc73e29865a623098d279",
        "skill": "code-agent",
        "session_id": "ses_0123456789abcdefghij",
        "call_id": "functions.bash:2",
        "model": "zai/glm-4.7",
        "pid": 9463,
        "stage": "verify",
        "index": 1,
        "max": 3,
        "passed": True,
        "score": 0.5,
    },
    separators=(",", ":"),
).encode()


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events")
    quick = parser.parse_args().quick
    count = 2_000 if quick else 20_000
    big = 100_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="tachikoma-benchmark-") as name:
        folder = Path(name)
        os.environ["TACHIKOMA_TELEMETRY_DIR"] = str(folder / "recorded")
        print(f"event of {len(EVENT)} bytes, {os.cpu_count()} processors, Python {sys.version[:6]}")
        append_cost(folder, count)
        flatness(folder, count, big)
        whole_call(folder, count)
        processes(folder, count)
        start_up(folder, 5 if quick else 21)
        reading(folder)
        predecessor(folder, 3 if quick else 20)
        opentelemetry(count)


def _told(what: str, ratio: float, target: str, detail: str) -> None:
    print(f"{what:<58} {ratio:>9.2f} × {target:<10} {detail}")


def _compare(count: int, one: Timed, other: Timed, rounds: int = 9) -> tuple[float, float, float]:
    """Median ratio of `one` to `other`, and the µs of one event of each."""
    ratios, ones, others = [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        other(count)
        middle = time.perf_counter()
        one(count)
        ended = time.perf_counter()
        others.append((middle - began) / count * 1e6)
        ones.append((ended - middle) / count * 1e6)
        ratios.append(ones[-1] / others[-1])
    return statistics.median(ratios), statistics.median(ones), statistics.median(others)


def _journal(path: Path, events: int = 0) -> str:
    """A journal with that many events, written in one go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(document([], 1)[:-3])
        for start in range(0, events, 1000):
            file.write((b"," if start else b"") + b"\n,".join([EVENT] * 1000) + b"\n")
        file.write(b"]}\n")
    return str(path)


def append_cost(folder: Path, count: int) -> None:
    """An append beside the same system calls made directly."""
    ours, theirs = _journal(folder / "a" / "metrics.json"), _journal(folder / "b" / "metrics.json")
    data = b"," + EVENT + b"\n]}\n"

    def direct(times: int) -> None:
        for _ in range(times):
            lock = os.open(theirs + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            journal = os.open(theirs, os.O_RDWR | os.O_CLOEXEC)
            size = os.fstat(journal).st_size
            os.pread(journal, 5, size - 5)
            os.pwrite(journal, data, size - 3)
            os.close(journal)
            fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)

    def appended(times: int) -> None:
        for _ in range(times):
            append(ours, EVENT, rotate_at=0)

    ratio, one, other = _compare(count, appended, direct)
    detail = f"{one:.1f} µs and {other:.1f} µs"
    _told("append : the same system calls", ratio, "(≤ 1.3)", detail)


def flatness(folder: Path, count: int, big: int) -> None:
    """An append to a large journal beside one to an empty journal."""
    small = _journal(folder / "small" / "metrics.json")
    large = _journal(folder / "large" / "metrics.json", big)

    def to(path: str) -> Timed:
        def appended(times: int) -> None:
            for _ in range(times):
                append(path, EVENT, rotate_at=0)

        return appended

    ratio, one, other = _compare(count // 2, to(large), to(small))
    detail = f"{one:.1f} µs and {other:.1f} µs; {os.path.getsize(large) / 1e6:.0f} MB"
    _told(f"append at {big:,} events : at 0", ratio, "(≤ 1.1)", detail)


def whole_call(folder: Path, count: int) -> None:
    """A recording call, validation included, beside a line of a `logging.FileHandler`."""
    logger = _logger(folder / "log.txt")
    line = "x" * (len(EVENT) - 40)

    def logged(times: int) -> None:
        for _ in range(times):
            logger.info(line)

    with telemetry.skill_run("code-agent", session_id="ses_0123456789abcdefghij") as run:

        def recorded(times: int) -> None:
            for _ in range(times):
                run.iteration(stage="verify", index=1, max=3, passed=True, score=0.5)

        ratio, one, other = _compare(count, recorded, logged)
    detail = f"{one:.1f} µs and {other:.1f} µs"
    _told("recording call : logging.FileHandler line", ratio, "(≤ 3)", detail)


def _logger(path: Path) -> logging.Logger:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger(f"benchmark.{path}")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    return logger


_WRITER = """
import sys, time
from pathlib import Path
from benchmarks.recording import EVENT, _logger
from tachikoma_telemetry import telemetry
count = int(sys.argv[2])
run = telemetry.skill_run("code-agent").__enter__()
logger = _logger(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
if sys.argv[3] == "log":
    line = "x" * (len(EVENT) - 40)
    for _ in range(count):
        logger.info(line)
else:
    for _ in range(count):
        run.iteration(stage="verify", index=1, max=3, passed=True, score=0.5)
"""


def processes(folder: Path, count: int) -> None:
    """Eight processes that record beside eight that log to one file."""
    each = count // 4
    ratios, rates = [], []
    for round_ in range(3):
        seconds = {}
        for way in ("log", "record"):
            where = str(folder / f"many-{round_}.txt")
            writers = [
                subprocess.Popen(
                    [sys.executable, "-c", _WRITER, where, str(each), way],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                for _ in range(8)
            ]
            for writer in writers:
                assert writer.stdout is not None
                writer.stdout.readline()
            began = time.perf_counter()
            for writer in writers:
                writer.communicate("go\n")
            seconds[way] = time.perf_counter() - began
        ratios.append(seconds["log"] / seconds["record"])
        rates.append(8 * each / seconds["record"])
    detail = f"{statistics.median(rates):,.0f} events a second"
    _told("rate of 8 processes : of 8 that log", statistics.median(ratios), "(≥ 0.33)", detail)


_PLAIN = "import os, sys\n"
_RECORDING = """
import os, sys
from tachikoma_telemetry import telemetry
with telemetry.skill_run("x") as run:
    run.iteration(stage="verify", index=1, max=3, passed=True)
"""


def start_up(folder: Path, rounds: int) -> None:
    """A script that records one run of three events beside the same script without."""
    plain, recording = folder / "plain.py", folder / "recording.py"
    plain.write_text(_PLAIN)
    recording.write_text(_RECORDING)
    more = []
    for _ in range(rounds):
        took = []
        for script in (plain, recording):
            began = time.perf_counter()
            subprocess.run([sys.executable, str(script)], check=True)
            took.append((time.perf_counter() - began) * 1e3)
        more.append(took[1] - took[0])
    print(f"{'start-up of a script that records':<58} {statistics.median(more):>+8.0f} ms (≤ 60)")


_READER = """
import resource, sys, time
from pathlib import Path
from tachikoma_telemetry.journal.read import JournalReader
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, began = peak(), time.perf_counter()
count = sum(1 for _ in JournalReader(Path(sys.argv[1])))
unit = 1024 if sys.platform != "darwin" else 1024 * 1024
print(count, (peak() - before) / unit, time.perf_counter() - began)
"""


def reading(folder: Path) -> None:
    """Extra memory of reading a large journal."""
    command = [sys.executable, "-c", _READER, str(folder / "large" / "metrics.json")]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    what = f"extra memory of reading {int(out[0]):,} events"
    print(f"{what:<58} {float(out[1]):>+8.0f} MB (≤ 100)   {float(out[2]):.1f} s")


def predecessor(folder: Path, times: int) -> None:
    """Read-modify-write of a JSON file of 10,000 events, beside an append to as many."""
    path = folder / "predecessor.json"
    path.write_text(json.dumps({"events": [json.loads(EVENT)] * 10_000}, indent=2))
    ours = _journal(folder / "ours" / "metrics.json", 10_000)

    def rewritten(times: int) -> None:
        for _ in range(times):
            found: Any = json.loads(path.read_text())
            found["events"].append(json.loads(EVENT))
            path.write_text(json.dumps(found, indent=2))

    def appended(times: int) -> None:
        for _ in range(times):
            append(ours, EVENT, rotate_at=0)

    ratio, one, other = _compare(times, rewritten, appended, rounds=3)
    detail = f"{one:,.0f} µs and {other:.1f} µs"
    _told("the predecessor's read-modify-write : append", ratio, "", detail)


def opentelemetry(count: int) -> None:
    """A span of the OpenTelemetry SDK, exported to memory, beside a recording call."""
    try:
        trace: Any = import_module("opentelemetry.sdk.trace")
        export: Any = import_module("opentelemetry.sdk.trace.export")
        memory: Any = import_module(f"{export.__name__}.in_memory_span_exporter")
    except ImportError:
        print("OpenTelemetry SDK: not installed, not measured (pip install opentelemetry-sdk)")
        return
    exporter = memory.InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("benchmark")

    def spans(times: int) -> None:
        for _ in range(times):
            with tracer.start_as_current_span("iteration") as span:
                span.set_attribute("stage", "verify")
                span.set_attribute("index", 1)
        exporter.clear()

    with telemetry.skill_run("code-agent") as run:

        def recorded(times: int) -> None:
            for _ in range(times):
                run.iteration(stage="verify", index=1)

        ratio, one, other = _compare(count // 2, spans, recorded)
    detail = f"{one:.1f} µs and {other:.1f} µs; the span is in memory only"
    _told("OpenTelemetry SDK span : recording call", ratio, "", detail)


if __name__ == "__main__":
    main()
