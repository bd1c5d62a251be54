"""A Spark cluster of a master and two workers on this machine, from the package alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark
import pytest

needs_java = pytest.mark.skipif(
    not (os.environ.get("JAVA_HOME") or shutil.which("java")), reason="needs Java"
)
_LIMIT_S = 120
_ENVIRONMENT = {
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_DAEMON_MEMORY": "256m",
    "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of the master, as long as the cluster lasts."""
    with ExitStack() as parts:
        address = parts.enter_context(
            _part(folder, "master.Master", r"Starting Spark master at (\S+)")
        )
        for number in range(2):
            parts.enter_context(
                _part(
                    *(
                        folder / f"worker-{number}",
                        "worker.Worker",
                        "Successfully (registered) with",
                    ),
                    *("--cores", "1", "--memory", "1g", "--work-dir", str(folder), address),
                )
            )
        yield address


@contextmanager
def _part(folder: Path, kind: str, begun: str, *more: str) -> Iterator[str]:
    """A process of the cluster; yields what it says when it has begun."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    home = os.path.dirname(pyspark.__file__)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(f"{home}/bin/spark-class", f"org.apache.spark.deploy.{kind}"),
                *("--host", "127.0.0.1", "--port", "0", "--webui-port", "0", *more),
            ],
            env={**os.environ, **_ENVIRONMENT, "SPARK_HOME": home},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _said(log, begun, process)
    finally:
        process.terminate()
        process.wait(_LIMIT_S)


def _said(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + _LIMIT_S
    while process.poll() is None and time.monotonic() < until:
        if found := re.search(pattern, log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])
