"""The command ``tachikoma-telemetry``. Only this package prints.

Data goes to stdout, everything else to stderr; exit 0 when the command did its job, 1 when it could
not, 2 for wrong usage.
"""

from __future__ import annotations

import gc
import os
import sys

# Python looks for cycles whenever there are 700 objects more: 4 % of a merge, and more of a short
# command. There are hardly any, and a command soon ends.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
_TRACEBACK = "TACHIKOMA_TELEMETRY_TRACEBACK"
_MESSAGE_MAX = 200


def main() -> None:
    """Run the command line; the console script calls this."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from . import streams
    from .say import note

    streams.prepare()
    try:
        _run(sys.argv[1:])
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        streams.discard_stdout()
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            # A transaction that was under way is rolled back.
            if os.environ.get(_TRACEBACK):
                raise
            sentence = f"{_in_a_line(error)}; {_TRACEBACK}=1 shows where, for a report"
        note(f"tachikoma-telemetry: {sentence}")
        if isinstance(error, OSError):
            streams.discard_stdout()
        sys.exit(1)


def _run(arguments: list[str]) -> None:
    if arguments[:1] == ["log"]:
        # A skill may call it for each event: by itself it starts in a third of the time.
        from .log.command import main as log

        log(arguments[1:])
    else:
        from .commands import application

        application(*arguments[:1])()


def _sentence(error: Exception) -> str | None:
    """What to write about an error that a command may end with; None for any other error."""
    from ..errors import TachikomaError

    if isinstance(error, TachikomaError):
        return str(error)
    if isinstance(error, OSError):
        # Where a file is opened, its errors become a `TachikomaError`. What is left is stdout,
        # whose disk may be full, and files that the code did not think of: these have a name.
        what = f"can't use {error.filename}" if error.filename else "can't write"
        return f"{what}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "there is not enough memory for that"
    return None


def _in_a_line(error: Exception) -> str:
    message = " ".join(str(error).split())[:_MESSAGE_MAX]
    return f"unexpected {type(error).__name__}" + (f": {message}" if message else "")
