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


def main() -> None:
    """Run the command line; the console script calls this."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from ..errors import TachikomaError

    if sys.stdout is None:  # closed by the caller
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    try:
        if sys.argv[1:2] == ["log"]:
            # A skill may call it for each event: by itself it starts in a third of the time.
            from .log_command import main as log

            log(sys.argv[2:])
        else:
            from .app import app

            app()
    except TachikomaError as error:
        _complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain again at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        # Whoever opens a file tells its errors; what is left is the output, whose disk is full, or
        # a file that nobody thought of, and then its name is half the message.
        what = f"can't use {error.filename}" if error.filename else "can't write"
        _complain(f"{what}: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(sentence: str) -> None:
    """Say what could not be done. What a folder or a database is called can't act on a terminal."""
    from ..visible import visible

    print(f"tachikoma-telemetry: {visible(sentence)}", file=sys.stderr)
