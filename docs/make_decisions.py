"""Write what the commands of docs/decisions.md print into it: ``make pages``.

The blocks of the page are run in their order: a ``toml`` block is written to the project's
config.toml, the commands of a ``console`` block and the code of a ``python`` block are run in the
project, and what they print is put under them. The project is docs/example_project.py.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

from docs import example_project
from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports.sections.check.thresholds import CONFIG_NAME

PAGE = Path(__file__).parent / "decisions.md"
COLUMNS = 80

# A block, and after Python the block that shows what it printed.
_BLOCK = re.compile(
    r"^```(?P<language>console|toml|python|yaml)\n(?P<code>.*?)^```\n"
    r"(?P<printed>\n```text\n.*?^```\n)?",
    re.MULTILINE | re.DOTALL,
)


def up_to_date(page: str) -> str:
    """The page with what its commands print now."""
    with _project() as root:
        reader = _Reader(root)
        return _BLOCK.sub(reader.read, page)


class _Reader:
    """Someone who does what the page says, block by block."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._exit_code = 0

    def read(self, block: re.Match[str]) -> str:
        """Do what a block says; the block with what came of it."""
        code = block["code"]
        if block["language"] == "toml":
            (store_path(self._root).parent / CONFIG_NAME).write_text(code, encoding="utf-8")
        elif block["language"] == "console":
            commands = re.findall(r"^\$ (.*)$", code, re.MULTILINE)
            printed = "\n".join(f"$ {each}\n{self._run(each)}" for each in commands)
            return f"```console\n{printed}```\n"
        elif block["language"] == "python":
            with contextlib.redirect_stdout(io.StringIO()) as screen:
                exec(compile(code, PAGE.name, "exec"), {})
            return f"```python\n{code}```\n\n```text\n{screen.getvalue()}```\n"
        else:
            for command in re.findall(r"run: (tachikoma-telemetry .*)$", code, re.MULTILINE):
                self._run(command)
        return block[0]

    def _run(self, command: str) -> str:
        if command == "echo $?":
            return f"{self._exit_code}\n"
        name, *arguments = shlex.split(command)
        assert name == "tachikoma-telemetry", command
        result = CliRunner().invoke(app, arguments)
        self._exit_code = result.exit_code
        if result.exit_code not in (0, 3):
            raise AssertionError(f"{command}: exit {result.exit_code}\n{result.stderr}")
        return re.sub(r" +$", "", result.stdout, flags=re.MULTILINE).strip("\n") + "\n"


@contextlib.contextmanager
def _project() -> Iterator[Path]:
    """The project to work in: the month has just ended, and nothing of this machine is seen."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "project")
        root.mkdir()
        environment = {
            "HOME": str(Path(folder, "home")),
            "PATH": os.environ["PATH"],
            "COLUMNS": str(COLUMNS),
            "NO_COLOR": "1",
            "TZ": "UTC",
        }
        now = example_project.NOW
        with (
            contextlib.chdir(root),
            patch.dict(os.environ, environment, clear=True),
            patch("time.time", lambda: now / 1000),
            patch("time.time_ns", lambda: now * 1_000_000),
        ):
            time.tzset()
            # Its store is its maker's, whose home this is.
            example_project.create(root)
            yield root
    time.tzset()


def main() -> None:
    """Update the page."""
    PAGE.write_text(up_to_date(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
