"""The command line, as a user calls it: in this process, or in one of its own.

What a test is about decides. Starting a process takes ten times as long as most commands, so only
what is about the process has one: its streams, its signals, how it starts, a command it runs.
"""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from tachikoma_telemetry import cli
from tachikoma_telemetry.recording import problems

from .validators import validator

Finished = subprocess.CompletedProcess[str]


def run(*arguments: str | Path, given: str = "", **environment: str) -> Finished:
    """The command in this process, with streams that are files and `given` on stdin.

    What the command changes for all of its process is as before when it has ended.
    """
    words = [str(each) for each in arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with _process_of_its_own(environment), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["tachikoma-telemetry", *words])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
            with _writing(out) as stdout, _writing(err) as stderr:
                patch.setattr(sys, "stdout", stdout)
                patch.setattr(sys, "stderr", stderr)
                patch.setattr(problems, "_logged", set())
                code = _exit_code()
        finished = Finished(words, code, _written(out), _written(err))
    return _held(finished)


def run_process(*arguments: str | Path, given: str | None = None, **environment: str) -> Finished:
    """The command in a process of its own, as a shell would run it; killed when it waits."""
    words = [str(each) for each in arguments]
    finished = subprocess.run(
        [sys.executable, "-m", "tachikoma_telemetry", *words],
        capture_output=True,
        text=True,
        input=given,
        env={**os.environ, "COLUMNS": "100", **environment},
        timeout=60,
        check=False,
    )
    return _held(finished)


def _held(finished: Finished) -> Finished:
    # No report of any test may break the contract.
    if finished.args[:1] == ["report"] and "json" in finished.args and finished.stdout:
        validator("report").validate(json.loads(finished.stdout))
    return finished


def assert_refused(result: Finished, *words: str, exit_code: int = 1) -> None:
    """It said what was wrong, in one line, and nothing else."""
    assert exit_code == result.returncode, result.stderr
    assert "Traceback" not in result.stderr
    assert "" == result.stdout
    for word in words:
        assert word in result.stderr
    if exit_code == 1:
        assert 1 == len(result.stderr.strip().splitlines()), result.stderr


@contextmanager
def _process_of_its_own(environment: Mapping[str, str]) -> Iterator[None]:
    kept, threshold = dict(os.environ), gc.get_threshold()
    os.environ.update({"COLUMNS": "100", **environment})
    time.tzset()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        os.environ.clear()
        os.environ.update(kept)
        time.tzset()


@contextmanager
def _writing(file: BinaryIO) -> Iterator[io.TextIOWrapper]:
    # With a descriptor of its own, which the command may close, or make one of /dev/null.
    with open(os.dup(file.fileno()), "w", encoding="utf-8") as stream:
        yield stream


def _written(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()


def _exit_code() -> int:
    try:
        cli.main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
            return 1
        return int(ended.code or 0)
    return 0
