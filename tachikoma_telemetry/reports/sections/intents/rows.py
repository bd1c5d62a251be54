"""Rows of the section `intents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One intent: the requests that were classified so, and those that were it."""

    intent: Annotated[str | None, Meaning("the intent; null when the event gave none")]
    classified: Annotated[int, amount("requests classified so")]
    labelled: Annotated[int, amount("those of which it is known whether that was right")]
    correct: Annotated[int, amount("those that were right")]
    accuracy: Annotated[float | None, share("correct over labelled; null without labelled ones")]
    confidence_mean: Annotated[
        float | None, share("mean of the stated confidences; null when none was stated")
    ]
    escalated: Annotated[
        int | None, amount("those where the user was asked; null when that is known of none")
    ]
    escalation_rate: Annotated[
        float | None, share("escalated over escalation_n; null when that is 0")
    ]
    accuracy_low: Annotated[float | None, lower("correct", "labelled")]
    accuracy_high: Annotated[float | None, upper("correct", "labelled")]
    escalation_n: Annotated[
        int, amount("those where it is known whether the user was asked: n of the rate")
    ]
    routed: Annotated[
        int, amount("of the labelled, those that were routed: the user was not asked")
    ]
    routed_right: Annotated[int, amount("of these, those that were right")]
    right_rate: Annotated[float | None, share("routed_right over routed; null without routed ones")]
    right_low: Annotated[float | None, lower("routed_right", "routed")]
    right_high: Annotated[float | None, upper("routed_right", "routed")]
    actual: Annotated[int, amount("requests whose true intent it is, however classified")]
    found: Annotated[int, amount("of these, those that were routed to it")]
    found_rate: Annotated[float | None, share("found over actual; null when actual is 0")]
    found_low: Annotated[float | None, lower("found", "actual")]
    found_high: Annotated[float | None, upper("found", "actual")]


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """One cell of the confusion matrix."""

    actual: Annotated[str, Meaning("the true intent")]
    predicted: Annotated[str | None, Meaning("the predicted intent; null when the event gave none")]
    count: Annotated[int, amount("requests; rows where both are the same are the diagonal")]
    asked: Annotated[int, amount("of these, those where the user was asked: not routed at all")]


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One of ten bins of stated confidence, against what was observed; empty bins have no row."""

    confidence_low: Annotated[float, share("lower edge of the bin, inside it")]
    confidence_high: Annotated[float, share("upper edge, outside it but for the last bin's 1.0")]
    n: Annotated[int, amount("labelled requests in the bin")]
    accuracy: Annotated[float, share("correct over n")]
    confidence_mean: Annotated[float, share("mean stated confidence of these n")]
    accuracy_low: Annotated[float, lower("correct", "n", unknown=False)]
    accuracy_high: Annotated[float, upper("correct", "n", unknown=False)]
