"""The section `intents`: accuracy, confusion, calibration."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports

from ..goldens import drawn
from ..reports_store import NOW, ReportsStore


def intents(store: ReportsStore) -> reports.Report:
    return reports.build(store.connection, "intents", now_ms=NOW)


def test_accuracy_is_over_labelled_requests() -> None:
    """An intent whose truth is not known is neither right nor wrong."""
    store = ReportsStore()
    store.intent("debug", confidence=0.8, actual="debug", correct=1, escalated=0)
    store.intent("debug", confidence=0.6, actual="review", correct=0)
    store.intent("debug", escalated=1)
    store.intent("git")

    debug, git, review = intents(store).parts["intents"]

    assert ("debug", 3, 2, 1, 0.5) == (
        debug.intent, debug.classified, debug.labelled, debug.correct, debug.accuracy,
    )  # fmt: skip
    assert (0.7, 1, 0.5, 2) == (
        debug.confidence_mean, debug.escalated, debug.escalation_rate, debug.escalation_n,
    )  # fmt: skip
    assert (0, None, None, None, None) == (
        git.labelled, git.accuracy, git.confidence_mean, git.escalated, git.escalation_rate,
    )  # fmt: skip
    assert ("review", 0, 1) == (review.intent, review.classified, review.actual)


def test_asking_the_user_is_no_wrong_routing() -> None:
    """It was not routed; an intent that no request was routed to has a row all the same."""
    store = ReportsStore()
    store.intent("debug", actual="debug", correct=1, escalated=0)
    store.intent("debug", actual="review", correct=0, escalated=1)
    store.intent("debug", actual="git", correct=0)
    found = intents(store)

    debug, git, review = sorted(found.parts["intents"], key=lambda row: str(row.intent))

    assert (2, 1, 0.5) == (debug.routed, debug.routed_right, debug.right_rate)
    assert (1, 1, 1.0) == (debug.actual, debug.found, debug.found_rate)
    assert [(0, 1, 0), (0, 1, 0)] == [(e.classified, e.actual, e.found) for e in (git, review)]
    text = drawn(found)
    assert "1 of 2 routed ones right (50 %)" in text
    assert "Taken for something else (true → routed): git → debug 1." in text


def test_the_confusion_holds_its_diagonal() -> None:
    """What was right is there too; what is only known to be wrong is in no cell."""
    store = ReportsStore()
    store.intent("debug", actual="debug", correct=1)
    store.intent("debug", actual="review", correct=0)
    store.intent("debug", actual="review", correct=0)
    store.intent("git", correct=1)
    store.intent("git", correct=0)
    store.intent("git")

    cells = {(row.actual, row.predicted): row.count for row in intents(store).parts["confusion"]}

    assert {("debug", "debug"): 1, ("review", "debug"): 2, ("git", "git"): 1} == cells


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(0, 1), st.sampled_from([place / 10 for place in range(11)])),
            st.sampled_from([0, 1, None]),
        ),
        max_size=40,
    )
)
def test_calibration_is_ten_equal_bins(stated: list[tuple[float, int | None]]) -> None:
    """Each labelled request is in one bin: its lower edge inside, 1.0 in the last."""
    store = ReportsStore()
    edges = [place / 10 for place in range(11)]
    n: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for confidence, correct in stated:
        store.intent(confidence=confidence, correct=correct)
        if correct is not None:
            place = max(at for at in range(10) if edges[at] <= confidence)
            n[place] += 1
            right[place] += correct

    rows = intents(store).parts["calibration"]

    assert sorted(n) == [edges.index(row.confidence_low) for row in rows]
    for row in rows:
        place = edges.index(row.confidence_low)
        assert edges[place + 1] == row.confidence_high
        assert n[place] == row.n
        assert math.isclose(right[place] / n[place], row.accuracy)
        assert row.accuracy_low <= row.accuracy <= row.accuracy_high
