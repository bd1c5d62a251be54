"""Labels and grades as `gen_ai.evaluation.result`."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from .span import Value, known

NAME = "gen_ai.evaluation.result"


def fields_of(body: str | None) -> dict[str, Any]:
    """The fields of a recorded event; none where another program spoiled them."""
    try:
        found = orjson.loads(body or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def evaluation(event: sqlite3.Row) -> dict[str, Value] | None:
    """What an event says of how good something was; None when it says nothing of the kind.

    A label is about another event. An intent, an iteration or a chunk may have its own grade.
    """
    fields = fields_of(event["body"])
    kind = event["type"]
    name, value, label = f"tachikoma.{kind}", None, None
    extra: dict[str, Value | None] = {}
    if kind == "label":
        about = event["about"]
        name = "IntentResolution" if about in {"intent", None} else f"tachikoma.{about}"
        value, label = _verdict(fields, fields_of(event["about_body"]))
        extra = {"tachikoma.label.actual": fields.get("actual")}
    elif kind == "intent":
        name = "IntentResolution"
        value, label = _verdict(fields, fields)
    elif kind == "iteration":
        passed = fields.get("passed")
        value = fields.get("score")
        word = None if passed is None else "pass" if passed else "fail"
        label = fields.get("verdict") or word
    elif kind == "rlm_chunk":
        value = fields.get("accuracy")
    if value is None and label is None and not any(extra.values()):
        return None
    return known(
        {
            "gen_ai.evaluation.name": name,
            "gen_ai.evaluation.score.value": value if value is None else float(value),
            "gen_ai.evaluation.score.label": label,
            **extra,
        }
    )


def _verdict(truth: dict[str, Any], predicted: dict[str, Any]) -> tuple[float | None, str | None]:
    """A score of 0-1 and its word, by what is known of the truth."""
    correct, actual = truth.get("correct"), truth.get("actual")
    if correct is None and actual is not None and predicted.get("intent") is not None:
        correct = actual == predicted["intent"]
    accuracy = truth.get("accuracy")
    if correct is None:
        return accuracy, None
    word = "correct" if correct else "incorrect"
    return (float(correct) if accuracy is None else accuracy), word
