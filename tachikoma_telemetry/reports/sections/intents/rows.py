"""Rows of the section `intents`."""

from dataclasses import dataclass

from ...meaning import amount, lower, meaning, share, upper


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One intent: the requests that were classified so, and those that were it."""

    intent: str | None = meaning("the intent; null when the event gave none")
    classified: int = amount("requests classified so")
    labelled: int = amount("those of which it is known whether that was right")
    correct: int = amount("those that were right")
    accuracy: float | None = share("correct over labelled; null without labelled ones")
    confidence_mean: float | None = share(
        "mean of the stated confidences; null when none was stated"
    )
    escalated: int | None = amount(
        "those where the user was asked; null when that is known of none"
    )
    escalation_rate: float | None = share("escalated over escalation_n; null when that is 0")
    accuracy_low: float | None = lower("correct", "labelled")
    accuracy_high: float | None = upper("correct", "labelled")
    escalation_n: int = amount("those where it is known whether the user was asked: n of the rate")
    routed: int = amount("of the labelled, those that were routed: the user was not asked")
    routed_right: int = amount("of these, those that were right")
    right_rate: float | None = share("routed_right over routed; null without routed ones")
    right_low: float | None = lower("routed_right", "routed")
    right_high: float | None = upper("routed_right", "routed")
    actual: int = amount("requests whose true intent it is, however classified")
    found: int = amount("of these, those that were routed to it")
    found_rate: float | None = share("found over actual; null when actual is 0")
    found_low: float | None = lower("found", "actual")
    found_high: float | None = upper("found", "actual")


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """One cell of the confusion matrix."""

    actual: str = meaning("the true intent")
    predicted: str | None = meaning("the predicted intent; null when the event gave none")
    count: int = amount("requests; rows where both are the same are the diagonal")
    asked: int = amount("of these, those where the user was asked: not routed at all")


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One of ten bins of stated confidence, against what was observed; empty bins have no row."""

    confidence_low: float = share("lower edge of the bin, inside it")
    confidence_high: float = share("upper edge, outside it but for the last bin's 1.0")
    n: int = amount("labelled requests in the bin")
    accuracy: float = share("correct over n")
    confidence_mean: float = share("mean stated confidence of these n")
    accuracy_low: float = lower("correct", "n", unknown=False)
    accuracy_high: float = upper("correct", "n", unknown=False)
