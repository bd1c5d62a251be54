"""Opening OpenCode's database beside programs that write it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tachikoma_telemetry.opencode.database import open_database

_WRITE = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('INSERT INTO t VALUES (2)')"
)


def test_a_second_reader_takes_no_lock_from_the_first(tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (x)")
        writer.execute("INSERT INTO t VALUES (1)")
        with open_database(path) as first:
            writer.close()
            with open_database(path):
                pass
            # The last program that closes a database deletes its -wal, unless somebody reads it.
            writing = _WRITE + "; c.commit(); c.close()"
            subprocess.run([sys.executable, "-c", writing, path], check=True)
            assert path.with_name("opencode.db-wal").exists()
            assert [(1,)] == first.connection.execute("SELECT x FROM t").fetchall()
