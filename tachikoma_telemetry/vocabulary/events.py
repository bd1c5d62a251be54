"""The events: their types, their fields, and what a field may hold.

`EVENT_TYPES` is the one list of event types. Recording cleans values by it, the merge reads by it,
the JSON Schema (``schemas/``), the ``log`` command and the retention times are made from it. It
needs only the standard library, because every skill that records pays for its import.

An event is a flat JSON object: the envelope, the fields of its type, and `attributes`. A field that
is unknown is absent; there are no nulls, no empty strings and no zeros that mean "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from . import ranges

# "scalar" is a word or a number.
Kind = Literal["text", "integer", "number", "flag", "texts", "scores", "scalar"]

EVENT_BYTES_MAX = 8192
TEXT_MAX = 256
LIST_MAX = 32
ATTRIBUTES_MAX = 32
KEY_MAX = 64


class Field(NamedTuple):
    """What one field may hold; numbers outside `range` are dropped, texts are cut."""

    kind: Kind
    meaning: str
    range: ranges.Range | None = None
    required: bool = False
    choices: tuple[str, ...] = ()


# Of `EventType.needs`: any field of the type, or an attribute.
ANYTHING = ("*",)


class EventType(NamedTuple):
    """All that one event type adds to recording, ``log``, ``prune`` and the JSON Schema.

    Attributes:
        summary: what happened; help of ``log``.
        fields: by name.
        example: the options of an example of ``log``.
        retention: the kind in `retention.KINDS` whose time it is kept for.
        needs: groups of fields; of each, an event from a shell has to have one, or no report could
            use it. The library asks for these in the signatures of its methods.
        command: the name that ``log`` has for it; None is the type, with dashes.
        about: the field that holds the id of another event, which this one is about; ``log`` takes
            it without an option. None for a type that is about no other event.
    """

    summary: str
    fields: Mapping[str, Field]
    example: str
    retention: str
    needs: tuple[tuple[str, ...], ...] = ()
    command: str | None = None
    about: str | None = None


ENVELOPE: Mapping[str, Field] = {
    "id": Field("text", "unique; sorts by time", required=True),
    "type": Field("text", "the event type", required=True),
    "time": Field("integer", "ms since the epoch, UTC", ranges.TIME, required=True),
    "run_id": Field("text", "the skill run it belongs to"),
    "skill": Field("text", "the skill's name"),
    "session_id": Field("text", "OpenCode's session"),
    "call_id": Field("text", "the OpenCode call (bash) that recorded it"),
    "skill_call_id": Field("text", "the call that last loaded a skill in that session"),
    "model": Field("text", "provider/model, or what is known of it"),
    "agent": Field("text", "OpenCode's agent"),
    "pid": Field("integer", "the recording process", ranges.PROCESS),
    "opencode": Field("flag", "true when recorded inside OpenCode"),
    "truncated": Field("flag", "true when the event was over 8 KB and lost its attributes"),
}

_DURATION = Field("number", "ms", ranges.DURATION)
_TOKENS = Field("integer", "tokens", ranges.TOKENS)
_ERROR = Field("text", "class of the error")

EVENT_TYPES: Mapping[str, EventType] = {
    "skill_run_started": EventType(
        "a skill run began; `log run` does this around a command",
        {
            "parent_run_id": Field("text", "the run it was started in"),
            "trigger": Field("text", "what started it"),
            "continued": Field("flag", "the run's id was given: another process may have begun it"),
            "process": Field("text", "boot, namespace, pid and start of the process, where known"),
        },
        example="--skill code-agent --run-id run_42",
        retention="skills",
        # Without it nothing else can belong to the run.
        needs=(("run_id",),),
    ),
    "skill_run_finished": EventType(
        "a skill run ended; the last end of a run wins",
        {
            "outcome": Field(
                "text",
                "how it ended",
                required=True,
                choices=("succeeded", "failed", "escalated", "cancelled"),
            ),
            "duration_ms": Field("number", "ms in this process, monotonic clock", ranges.DURATION),
            "error_type": _ERROR,
            "reason": Field("text", "why it failed or escalated"),
            "tokens_input": _TOKENS,
            "tokens_output": _TOKENS,
            "iterations": Field("integer", "iterations recorded by this process", ranges.INDEX),
            "retries": Field("integer", "retries recorded by this process", ranges.INDEX),
        },
        example="--skill code-agent --run-id run_42 --outcome succeeded",
        retention="skills",
        needs=(("outcome",),),
    ),
    "skill_run_paused": EventType(
        "a process leaves its skill run open; another one goes on with it",
        {
            "duration_ms": Field("number", "ms in this process, monotonic clock", ranges.DURATION),
            "tokens_input": _TOKENS,
            "tokens_output": _TOKENS,
            "iterations": Field("integer", "iterations recorded by this process", ranges.INDEX),
            "retries": Field("integer", "retries recorded by this process", ranges.INDEX),
            "error_type": Field("text", "class of the exception that the process left it with"),
        },
        example="--skill code-agent --run-id run_42 --tokens-output 700",
        retention="skills",
        needs=(("run_id",),),
    ),
    "iteration": EventType(
        "one turn of a generate, verify, revise loop",
        {
            "stage": Field("text", "generate, verify, revise, or a word of your own"),
            "index": Field("integer", "which one, from 1", ranges.NUMBER),
            "max": Field("integer", "how many are allowed", ranges.NUMBER),
            "passed": Field("flag", "whether it passed"),
            "verdict": Field(
                "text",
                "the verifier's word",
                choices=("pass", "fail", "needs_revision", "cant_evaluate"),
            ),
            "failed_criteria": Field("texts", "names of the criteria that failed"),
            "score": Field("number", "0–1", ranges.SHARE),
            "duration_ms": _DURATION,
            "tokens": _TOKENS,
        },
        example="--skill code-agent --stage verify --index 1 --max 3 --failed "
        "--failed-criteria edge_cases",
        retention="skills",
        needs=(ANYTHING,),
    ),
    "retry": EventType(
        "something is tried again",
        {
            "attempt": Field("integer", "which attempt, from 1", ranges.NUMBER),
            "max": Field("integer", "how many are allowed", ranges.NUMBER),
            "reason": Field("text", "why it was needed"),
            "error_type": _ERROR,
            "delay_ms": _DURATION,
        },
        example="--skill code-agent --attempt 2 --max 3 --reason timeout",
        retention="skills",
        # Needs no field: that there was a retry is enough.
    ),
    "edit_format": EventType(
        "one attempt to edit a file",
        {
            "format": Field("text", "the edit format"),
            "success": Field("flag", "whether this attempt succeeded"),
            "edit_id": Field("text", "names the edit that several attempts belong to"),
            "edit_call_id": Field("text", "the OpenCode call that was this attempt, if it was one"),
            "derived": Field("flag", "true when read off the call in call_id"),
            "attempt": Field("integer", "which attempt, from 1", ranges.NUMBER),
            "final": Field("flag", "true for the last attempt"),
            "tokens": _TOKENS,
            "duration_ms": _DURATION,
            "error_type": _ERROR,
        },
        example="--skill code-agent --format hashline --success --model zai/glm-4.7",
        retention="edits",
        # If the event names its call, that has the outcome of the edit.
        needs=(("format",), ("success", "edit_call_id", "derived")),
        command="edit",
    ),
    "rlm_chunk": EventType(
        "one chunk of a recursive language model run",
        {
            "index": Field("integer", "which chunk, from 0", ranges.INDEX),
            "total": Field("integer", "how many chunks", ranges.NUMBER),
            "size": Field("integer", "in `unit`", ranges.SIZE),
            "unit": Field("text", "of `size`", choices=("chars", "tokens", "lines")),
            "mode": Field("text", "how chunks run", choices=("parallel", "sequential")),
            "wave": Field("integer", "which wave of parallel chunks, from 1", ranges.INDEX),
            "success": Field("flag", "whether the chunk succeeded"),
            "duration_ms": _DURATION,
            "tokens": _TOKENS,
            "accuracy": Field("number", "0–1", ranges.SHARE),
            "content_type": Field("text", "log, code, prose, …"),
            "depth": Field("integer", "recursion depth, from 0", ranges.INDEX),
            "error_type": _ERROR,
        },
        example="--skill rlm --index 0 --total 10 --size 50000 --unit chars --success",
        retention="rlm",
        needs=(ANYTHING,),
    ),
    "intent": EventType(
        "a request was classified",
        {
            "intent": Field("text", "the predicted intent"),
            "confidence": Field("number", "stated confidence, 0–1", ranges.SHARE),
            "actual": Field("text", "the true intent, when known"),
            "correct": Field("flag", "follows from `actual` when both are known"),
            "escalated": Field("flag", "true when the router asked the user"),
            "alternatives": Field("scores", "other intents and their scores", ranges.SCORE),
            "strategy": Field("text", "how it was classified"),
            "complexity": Field(
                "scalar", "the router's estimate, a word or a number", ranges.SCORE
            ),
        },
        example="--skill intent-router --intent debug --confidence 0.82",
        retention="intents",
        needs=(("intent",),),
    ),
    "label": EventType(
        "the truth about an earlier event, by the id that was printed for it",
        {
            "event_id": Field("text", "the event that this is the truth about", required=True),
            "actual": Field("text", "the true intent"),
            "correct": Field("flag", "whether it was right"),
            "accuracy": Field("number", "0–1", ranges.SHARE),
        },
        example="01a206b05cbb0000670f9e048eea5231 --actual implement",
        retention="intents",
        needs=(("event_id",), ("actual", "correct", "accuracy")),
        about="event_id",
    ),
}

_FORMAT_NAMES = {
    "patch": "apply_patch",
    "str_replace_exact": "str_replace",
    "edit": "str_replace",
    "multiedit": "str_replace",
    "write": "whole",
}


def fold_format(name: str) -> str:
    """The standard name of an edit format; an unknown one is kept as it is."""
    return _FORMAT_NAMES.get(name, name)


def model_key(model: str) -> str:
    """What models are compared by: the id without its provider (``zai/glm-4.7`` → ``glm-4.7``)."""
    return model.rsplit("/", 1)[-1].strip()
