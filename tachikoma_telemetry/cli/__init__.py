"""The command ``tachikoma-telemetry``. Only this package prints.

Data goes to stdout, everything else to stderr; exit 0 when the command did its job, 1 when it could
not, 2 for wrong usage.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TextIO, cast

# Python looks for cycles whenever there are 700 objects more: 4 % of a merge, and more of a short
# command. There are hardly any, and a command soon ends.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def main() -> None:
    """Run the command line; the console script calls this."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from ..errors import TachikomaError
    from .say import note

    _open_closed()
    try:
        if sys.argv[1:2] == ["log"]:
            # A skill may call it for each event: by itself it starts in a third of the time.
            from .log_command import main as log

            log(sys.argv[2:])
        else:
            from .app import app

            app()
    except TachikomaError as error:
        note(f"tachikoma-telemetry: {error}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain again at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        # Whoever opens a file tells its errors; what is left is the output, whose disk is full, or
        # a file that nobody thought of, and then its name is half the message.
        what = f"can't use {error.filename}" if error.filename else "can't write"
        note(f"tachikoma-telemetry: {what}: {error.strerror or error}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:
        note("tachikoma-telemetry: there is not enough memory for that")
        sys.exit(1)
    except Exception as error:
        # Nobody thought of it. A transaction that was under way is rolled back.
        if os.environ.get(_TRACEBACK):
            raise
        note(f"tachikoma-telemetry: {_in_a_line(error)}; {_TRACEBACK}=1 shows where, for a report")
        sys.exit(1)


_TRACEBACK = "TACHIKOMA_TELEMETRY_TRACEBACK"
_MESSAGE_MAX = 200


def _in_a_line(error: Exception) -> str:
    message = " ".join(str(error).split())[:_MESSAGE_MAX]
    return f"unexpected {type(error).__name__}" + (f": {message}" if message else "")


def _open_closed() -> None:
    """Put a sink where the caller has closed a stream.

    Else the next file that is opened, a database perhaps, has its number and is written into.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the least number that is free
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - as long as the process lives
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    from .say import LenientStderr

    sys.stderr = cast(TextIO, LenientStderr(sys.stderr))
