"""What a section says when it has no rows: that it is empty, and what would fill it."""

from __future__ import annotations

NO_HISTORY = (
    "Nothing is recorded yet. `tachikoma-telemetry init` installs the OpenCode plugin; after the "
    "next session, ask again. `tachikoma-telemetry doctor` shows what is found."
)
FILTERED = "Nothing fits these filters."

NOTHING = {
    "skills": "No skill was loaded or run yet: load one in OpenCode, or record a run with "
    "`with telemetry.skill_run(…)`.",
    "iterations": "No loop was recorded yet: `run.iteration(…)` and `run.retry(…)` do it.",
    "edits": "No edit was tried yet: OpenCode's own count by themselves, others with "
    "`run.edit(format, success=…)`.",
    "rlm": "No chunk was recorded yet: `with run.rlm_chunk(…)` does it.",
    "intents": "No request was classified yet: `run.intent(name, confidence=…)` records it.",
    "calls": "No tool was called yet.",
    "tools": "No tool was called yet.",
    "models": "No model has answered yet.",
    "legacy": "There are no totals of the predecessor here (metrics.legacy.json).",
    "sessions": "There is no session of OpenCode yet.",
    "trend": "Nothing of that kind happened yet.",
    "unused": "No skill that is installed here or in the home folder is unused or unmeasured.",
    "compare": "Nothing to compare yet. Versions need a skill that was loaded in two; `--after 7d` "
    "compares spans of time, `--by model` models, `--by format` edit formats.",
    "patterns": "No failure, no error, and no two skills in one session yet.",
    "check": "Nothing crosses a threshold.",
}
ONE_VERSION = "`--before` or `--after` with a time sets what was before it against what came after."

# Sentences of ours alone, without a name in them: `…` in these is code, where a form has that.
OURS = frozenset((FILTERED, NO_HISTORY, ONE_VERSION, *NOTHING.values()))
# Sections in which no row is good news, or an answer.
ANSWERS = frozenset(("unused", "compare", "check"))
