"""A session of Spark: one that begins here, or one of a server."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession

from ..errors import FleetError
from ..visible import visible

_NAME = "tachikoma-telemetry"
# Of a session that begins here; a server has its own.
_STATIC = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # The folders of some hundred days are listed faster here than by a job for each table.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "2000",
}
# Of addresses that name none.
_PORTS = {"spark://": "7077", "sc://": "15002"}
_PATIENCE_S = 10
# Spark Connect itself asks a server that is gone for ten minutes; so many times are half a minute.
_TRIES = 5
_LONGEST = 300
# Of Spark's conditions: [FAILED_READ_FILE.NO_HINT] and what it says.
_CODED = re.compile(r"\[[A-Z0-9_.]+\] ")
_JAVA = re.compile(r"^(?:(?:[a-z0-9]+\.)+[A-Za-z$]+: )+")
# Where nothing is set Spark takes a gigabyte, too little for millions of rows.
_MEMORY = "SPARK_DRIVER_MEMORY"
# For few rows it does not pay off to compile Java's code well.
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_STATIC_FOR_FEW = {
    "spark.driver.extraJavaOptions": _QUICK_START,
    "spark.executor.extraJavaOptions": _QUICK_START,
}


def is_server(master: str) -> bool:
    """Whether it is the address of a server of Spark Connect."""
    return master.startswith("sc://")


def ask_again(session: SparkSession, times: int) -> None:
    """How often to ask a server that does not answer, ever more seldom."""
    # Needs packages that Spark alone does not.
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=times)])


def spark_session(master: str, scratch: str, *, is_few: bool) -> SparkSession:
    """A session; what Java writes while it starts goes into a file, and its end into the error.

    Raises:
        FleetError: when Spark can't be started or reached.

    """
    _knock(master)
    if not is_server(master):
        _find_java()
    said = f"{scratch}/java.log"
    try:
        with _standard_error_in(said):
            if is_server(master):
                return _of_server(master)
            return _begun(master, scratch, is_few=is_few)
    except Exception as error:  # py4j's, Java's and gRPC's errors have no base in common
        with open(said, encoding="utf-8", errors="replace") as file:
            reason = reason_of(error, file.read().split("\n"))
        raise FleetError(f"can't start Spark at {visible(master)}: {reason}") from error


def _of_server(master: str) -> SparkSession:
    # Its builder would ask the server before it is known how often.
    from pyspark.sql.connect.session import SparkSession as ServerSession

    session: Any = ServerSession(master)
    ask_again(session, _TRIES)
    opened: SparkSession = session
    return opened


def _begun(master: str, scratch: str, *, is_few: bool) -> SparkSession:
    settings = _STATIC | {"spark.sql.warehouse.dir": f"{scratch}/warehouse"}
    if master.startswith("local"):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if is_few:
        settings |= _STATIC_FOR_FEW
    else:
        os.environ.setdefault(_MEMORY, f"{max(1024, _memory_mb() // 4)}m")
    builder = SparkSession.builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    session: SparkSession = builder.appName(_NAME).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _memory_mb() -> int:
    """Of this machine; 0 where its system doesn't say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (AttributeError, ValueError, OSError):
        return 0


def reason_of(error: BaseException, said: Sequence[str] = ()) -> str:
    """The line that says why: of many causes the one with a code, else the first one.

    Args:
        error: of py4j, Java, gRPC or Python.
        said: the lines that Java wrote.

    """
    lines = str(error).splitlines()
    given = [each for each in map(_cause, lines) if each]
    coded = (each for each in given if _CODED.match(each))
    last = (each for each in reversed(said) if each.strip() and not each.startswith("\tat "))
    first = (each for each in lines if each.strip())
    found = next(coded, None) or next(reversed(given), None) or next(last, None) or next(first, "")
    return visible(found.strip()[:_LONGEST] or type(error).__name__)


def _cause(line: str) -> str:
    """What a line says to be the cause, without Java's names."""
    if _CODED.match(line):
        return line
    for begin in (": ", "Caused by: ", "\tdetails = "):
        if line.startswith(begin):
            return _JAVA.sub("", line.removeprefix(begin)).strip('" ')
    return ""


def _knock(master: str) -> None:
    """See that something answers: Spark itself tries for minutes, and does not say why it fails.

    Raises:
        FleetError: when nothing does.

    """
    if not master.startswith(tuple(_PORTS)):
        return
    kind, _, hosts = master.partition("://")
    reason: object = "it names no host"
    for each in hosts.split("/")[0].split(","):
        host, _, port = each.rpartition(":") if ":" in each else (each, "", _PORTS[f"{kind}://"])
        try:
            with socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_S):
                return
        except (OSError, ValueError) as error:
            reason = error
    raise FleetError(f"can't reach Spark at {visible(master)}: {visible(str(reason))}")


def _find_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which(f"{home}/bin/java" if home else "java") is None:
        raise FleetError(
            f"Spark needs Java 17 or later, and there is none in JAVA_HOME ({visible(home)})"
            if home
            else "Spark needs Java 17 or later: install it, or set JAVA_HOME to its folder"
        )


@contextmanager
def _standard_error_in(path: str) -> Iterator[None]:
    """Have what this process starts write its errors into a file."""
    kept = os.dup(2)
    try:
        with open(path, "wb") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
