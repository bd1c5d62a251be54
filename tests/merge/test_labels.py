"""What several labels of one event say together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry

from ..merging import merge_project, rows

_LABELS = [
    ([{"actual": "git"}], ("git", 0)),
    ([{"actual": "git"}, {"correct": True}], ("debug", 1)),
    ([{"actual": "git"}, {"correct": False}], (None, 0)),
    ([{"correct": False}, {"actual": "debug"}], ("debug", 1)),
    ([{"actual": "git"}, {"accuracy": 0.5}], ("git", 0)),
    ([{"actual": "debug"}, {"actual": "git", "correct": True}], ("git", 0)),
]


@pytest.mark.parametrize(("labels", "truth"), _LABELS)
def test_the_last_label_wins_as_a_whole(
    project: Path, labels: list[dict[str, object]], truth: tuple[str | None, int]
) -> None:
    """`actual` and `correct` are one truth: the last label that says either replaces both; of a
    label with both, `actual` decides.
    """
    event = telemetry.intent("debug", 0.5, actual="review")
    for label in labels:
        telemetry.label(event, **label)  # type: ignore[arg-type]

    merge_project(project)

    assert [truth] == rows(project, "SELECT actual, correct FROM intent_metrics")


def test_accuracy_is_a_truth_of_its_own(project: Path) -> None:
    """A later label without an accuracy leaves that of an earlier one."""
    with telemetry.rlm_chunk(0, 1, 100) as chunk:
        pass
    telemetry.label(chunk.id, accuracy=0.75)
    telemetry.label(chunk.id, correct=True)

    merge_project(project)

    assert [0.75] == rows(project, "SELECT accuracy FROM rlm_metrics")
