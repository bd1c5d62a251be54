"""What an event says, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ....visible import visible
from ... import figures

Fields = Mapping[str, Any]

_SUCCESS = ("success", "passed")
_NAMES = {
    "skill_run_started": "run started",
    "skill_run_finished": "run",
    "skill_run_paused": "run left open",
    "edit_format": "edit",
    "rlm_chunk": "chunk",
}
QUIET = frozenset(("skill_run_started", "skill_run_paused"))
"""Types that only say that a run goes on: no reader waits for these."""


def called(kind: str) -> str:
    """What a reader calls the type: ``edit`` for ``edit_format``."""
    return _NAMES.get(kind, visible(kind).replace("_", " "))


def fields_of(body: str | None) -> dict[str, Any]:
    """The fields of an event; none where another program spoiled them."""
    try:
        fields = orjson.loads(body or "{}")
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def outcome(fields: Fields) -> str | None:
    """Whether it went well, where it says that; of a run how it ended."""
    if isinstance(fields.get("outcome"), str):
        return str(fields["outcome"])
    known = (fields[each] for each in _SUCCESS if isinstance(fields.get(each), bool))
    return next(("succeeded" if each else "failed" for each in known), None)


def detail(kind: str, fields: Fields) -> str | None:
    """Its fields, as a reader wants them; None when it has none."""
    write = _WRITTEN.get(kind)
    parts = write(fields) if write is not None else _all(fields)
    return ", ".join(each for each in parts if each) or None


def _all(fields: Fields) -> list[str]:
    return [f"{name} {_value(value)}" for name, value in fields.items()]


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _text(fields: Fields, name: str) -> str:
    return _value(fields[name]) if fields.get(name) is not None else ""


def _of(fields: Fields, number: str, most: str, *, first: int = 1) -> str:
    """2 of 3."""
    if not isinstance(fields.get(number), int):
        return ""
    place = str(fields[number] + 1 - first)
    return place if fields.get(most) is None else f"{place} of {_value(fields[most])}"


def _iteration(fields: Fields) -> list[str]:
    stage = f"{_text(fields, 'stage')} {_of(fields, 'index', 'max')}".strip()
    verdict = _text(fields, "verdict").replace("_", " ")
    return [stage, verdict, _text(fields, "failed_criteria")]


def _retry(fields: Fields) -> list[str]:
    return [_of(fields, "attempt", "max"), _text(fields, "reason"), _text(fields, "error_type")]


def _edit(fields: Fields) -> list[str]:
    attempt = _of(fields, "attempt", "max")
    words = [_text(fields, "format"), f"attempt {attempt}" if attempt else ""]
    return [*words, _text(fields, "error_type")]


def _chunk(fields: Fields) -> list[str]:
    size = fields.get("size")
    written = figures.amount(size) if isinstance(size, int | float) else ""
    return [
        _of(fields, "index", "total", first=0),
        f"{written} {_text(fields, 'unit')}".strip(),
        _text(fields, "mode"),
        _text(fields, "error_type"),
    ]


def _intent(fields: Fields) -> list[str]:
    confidence = fields.get("confidence")
    sure = f" ({figures.share(confidence)} sure)" if isinstance(confidence, int | float) else ""
    actual = fields.get("actual")
    return [
        f"{_text(fields, 'intent')}{sure}",
        _truth(fields),
        f"was {actual}" if actual is not None and actual != fields.get("intent") else "",
        "asked the user" if fields.get("escalated") is True else "",
    ]


def _finished(fields: Fields) -> list[str]:
    return [_text(fields, "reason"), _text(fields, "error_type")]


def _truth(fields: Fields) -> str:
    correct = fields.get("correct")
    return ("right" if correct else "wrong") if isinstance(correct, bool) else ""


def _label(fields: Fields) -> list[str]:
    accuracy = fields.get("accuracy")
    sure = f"accuracy {figures.share(accuracy)}" if isinstance(accuracy, int | float) else ""
    return [_truth(fields), f"was {_text(fields, 'actual')}" if fields.get("actual") else "", sure]


_WRITTEN: Mapping[str, Callable[[Fields], list[str]]] = {
    "iteration": _iteration,
    "retry": _retry,
    "edit_format": _edit,
    "rlm_chunk": _chunk,
    "intent": _intent,
    "label": _label,
    "skill_run_finished": _finished,
}
