"""The predecessor's API, as a drop-in: the same calls, recorded as events.

    from tachikoma_telemetry.legacy import get_telemetry

    telemetry = get_telemetry()
    telemetry.log_edit_attempt("glm-4.7", "hashline", True)

The getters count from the journal and from the files that the predecessor left (see `answers`).
Where the predecessor wrote 0 for "unknown" (tokens, durations, accuracy), nothing is recorded; an
average of no values is None.

Some calls state a total where events state parts: the time of all chunks, the tokens of all
attempts. Such a total is recorded as an attribute, which the getters read and the reports do not.

``python -m tachikoma_telemetry.legacy stats --summary`` and the other commands of its script work
as well.
"""

from ..journal.predecessor import History, read_history
from .config import DEFAULT_CONFIG
from .logger import TelemetryLogger, get_telemetry

__all__ = ["DEFAULT_CONFIG", "History", "TelemetryLogger", "get_telemetry", "read_history"]
