"""What a reading process runs: it reads the pieces that `readers` orders, in the form given there.

::

    python -m tachikoma_telemetry.opencode.worker '["DATABASE", [[TABLE, ABOVE, UPTO, LAST_ID], …]]'
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import IO

from .batches import bind_fast
from .database import open_database
from .readers import RowPlace, RowSpan, send
from .v1 import V1
from .v2 import V2
from .v2_row import TABLE
from .watermark import LastRow


def work(database: Path, spans: list[RowSpan], orders: IO[bytes], answers: IO[bytes]) -> None:
    """Answer orders until there are no more; none where rows were renumbered meanwhile."""
    with open_database(database) as reader:
        lasts = ((span.table, LastRow(span.upto, span.last_id)) for span in spans)
        if not all(last.is_in(reader.connection, table) for table, last in lasts):
            return
        storage = V2(reader) if spans[0].table == TABLE else V1(reader)
        for _ in storage.sessions():
            pass  # what a message is depends on when its session began
        for order in orders:
            place = RowPlace(*map(int, order.split()))
            send(storage.piece(spans[place.span].table, place.above, place.upto), answers)


if __name__ == "__main__":
    gc.disable()  # nothing that is made here is in a cycle
    bind_fast()
    path, listed = json.loads(sys.argv[1])
    with open(sys.stdout.fileno(), "wb", closefd=False) as pipe:
        work(Path(path), [RowSpan(*each) for each in listed], sys.stdin.buffer, pipe)
