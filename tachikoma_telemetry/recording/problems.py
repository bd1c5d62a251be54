"""Problems of recording: said to the developer of a skill, without disturbing the skill.

Each is kept beside the journal for ``doctor``. Outside of OpenCode it is also logged, to stderr
unless the program says otherwise; inside, an agent would read it as the output of its command.
"""

from __future__ import annotations

import os
import sys

from ..clock import now_ms
from ..errors import TelemetryError
from ..project import create_private_dir, find_root, journal_path
from .settings import enabled, strict

# Problems that were warned about: a skill that loops ten thousand times warns once.
_logged: set[str] = set()
_LOGGED_MAX = 200

# Whether warnings are kept beside the journal; not while tachikoma_telemetry.testing captures.
keeping = True


def problem(message: str, *, raising: bool = True) -> None:
    """Warn of `message`, once a process.

    Without `raising` another exception is on its way, which must not be replaced.

    Raises:
        TelemetryError: in strict mode, if `raising`.
    """
    if not enabled():
        return
    if raising and strict():
        raise TelemetryError(message)
    if message in _logged or len(_logged) >= _LOGGED_MAX or sys.is_finalizing():
        return
    _logged.add(message)
    try:
        from ..visible import visible

        # The message may name a folder, and most handlers write to a terminal.
        shown = visible(message)
        _keep(shown)
        if os.environ.get("OPENCODE") != "1":
            import logging

            logging.getLogger("tachikoma_telemetry").warning("%s", shown)
    except Exception:  # a log handler or filter that raises
        return


def _keep(message: str) -> None:
    if not keeping:
        return
    from ..journal import warnings

    try:
        journal = journal_path(find_root())
        create_private_dir(journal.parent)
        warnings.keep(str(journal), message, now_ms())
    except OSError:
        pass  # without a folder there is no journal either, which is said
