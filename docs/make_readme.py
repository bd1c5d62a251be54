"""Write the table of a history without a recorded line into the README: ``make pages``."""

from __future__ import annotations

import re
import tempfile
from contextlib import closing
from pathlib import Path

from tachikoma_telemetry import reports
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.store.store import read_store
from tests.goldens import drawn
from tests.tachikoma_day import build_rows

README = Path(__file__).parents[1] / "README.md"

_TABLE = re.compile(r"(?<=```text\n)skill .*?(?=```\n)", re.DOTALL)


def report() -> reports.Report:
    """The skills of the work day, without what they recorded."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = root / "unified.db"
        database = build_rows(root / "opencode.db", root)
        merge(MergeRequest(store, root, [], databases=[database], all_projects=True))
        with closing(read_store(store)) as connection:
            return reports.build(connection, "skills")


def up_to_date(page: str) -> str:
    """The README with that table as it is now."""
    lines = drawn(report()).splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.startswith("skill "))
    return _TABLE.sub(lambda _: "".join(lines[first:]), page)


def main() -> None:
    """Update the README."""
    README.write_text(up_to_date(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
