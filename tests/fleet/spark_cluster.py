"""Spark on this machine, from the package alone: a master with two workers, or a server."""

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


def has_java() -> bool:
    """Whether Spark can begin on this machine."""
    return bool(os.environ.get("JAVA_HOME") or shutil.which("java"))


needs_java = pytest.mark.skipif(not has_java(), reason="needs Java")
_LIMIT_S = 600
_SPARK = "org.apache.spark"
_ANY_PORT = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
_ENVIRONMENT = {
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_DAEMON_MEMORY": "600m",
    "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of the master, as long as the cluster lasts."""
    with ExitStack() as parts:
        address, _ = parts.enter_context(
            _part(folder, r"Starting Spark master at (\S+)", "deploy.master.Master", *_ANY_PORT)
        )
        for number in range(2):
            parts.enter_context(
                _part(
                    *(folder / f"worker-{number}", "Successfully (registered) with"),
                    *("deploy.worker.Worker", *_ANY_PORT, "--cores", "1", "--memory", "1g"),
                    *("--work-dir", str(folder), address),
                )
            )
        yield address


@contextmanager
def connect_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a server of Spark Connect, and its process."""
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    with _part(
        *(folder, r"SparkConnectService' on port (\d+)", "deploy.SparkSubmit"),
        *("--master", "local[1]"),
        *("--class", f"{_SPARK}.sql.connect.service.SparkConnectServer"),
        *(part for each in settings.items() for part in ("--conf", "=".join(each))),
        "spark-internal",
    ) as (port, process):
        yield f"sc://127.0.0.1:{port}", process


@contextmanager
def _part(
    folder: Path, begun: str, kind: str, *more: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process of Spark, and what it says when it has begun."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    home = os.path.dirname(pyspark.__file__)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [f"{home}/bin/spark-class", f"{_SPARK}.{kind}", *more],
            cwd=folder,
            env={
                **os.environ,
                **_ENVIRONMENT,
                "SPARK_HOME": home,
                "SPARK_LOCAL_DIRS": str(folder),
            },
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _said(log, begun, process), process
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
