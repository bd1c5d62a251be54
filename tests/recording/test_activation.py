"""A run per activation: found by the environment, over any number of processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tachikoma_telemetry import TelemetryError, telemetry
from tachikoma_telemetry.testing import Captured, capture
from tachikoma_telemetry.vocabulary import ids


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Captured]:
    """What a test records in a command of OpenCode, after the skill `fixer` was loaded."""
    for name, value in {
        "OPENCODE": "1",
        "TACHIKOMA_SESSION_ID": "ses_a",
        "TACHIKOMA_CALL_ID": "c2",
        "TACHIKOMA_SKILL": "fixer",
        "TACHIKOMA_SKILL_CALL_ID": "c1",
    }.items():
        monkeypatch.setenv(name, value)
    with capture() as captured:
        yield captured


def test_processes_of_an_activation_are_one_run(
    events: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls have one id without a word about it, and the run ends when it says so."""
    with telemetry.skill_run("fixer", per="activation") as run:
        run.iteration(passed=False)
    monkeypatch.setenv("TACHIKOMA_CALL_ID", "c3")
    with telemetry.skill_run("fixer", per="activation") as again:
        again.iteration(passed=True)
        again.succeed()
    assert run.id == again.id
    assert ids.is_of_activation(run.id)
    assert ["skill_run_started", "iteration", "skill_run_paused"] == [e["type"] for e in events[:3]]
    assert "succeeded" == events.one("skill_run_finished")["outcome"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("TACHIKOMA_SESSION_ID", "ses_b"), ("TACHIKOMA_SKILL_CALL_ID", "c9")],
)
def test_another_activation_is_another_run(
    events: Captured, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Another session or another load of the skill begins another run; so does another skill."""
    first = telemetry.skill_run("fixer", per="activation").begin()
    assert first.id != telemetry.skill_run("other", per="activation").begin().id
    monkeypatch.setenv(name, value)
    assert first.id != telemetry.skill_run("fixer", per="activation").begin().id
    assert {first.id} == {e["run_id"] for e in events[:1]}


def test_outside_of_opencode_it_is_an_ordinary_run(
    events: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal each block is a run that ends with it."""
    monkeypatch.delenv("TACHIKOMA_SESSION_ID")
    with telemetry.skill_run("fixer", per="activation") as run:
        pass
    with telemetry.skill_run("fixer", per="activation") as other:
        pass
    assert run.id != other.id
    assert ["succeeded"] * 2 == [e["outcome"] for e in events.of("skill_run_finished")]


@pytest.mark.parametrize(
    ("error", "left"),
    [(ValueError(), "ValueError"), (SystemExit(1), None), (KeyboardInterrupt(), None)],
)
def test_how_a_process_ends_is_no_verdict(
    events: Captured, error: BaseException, left: str | None
) -> None:
    """An exception or an exit code ends one process of the run; another one may go on with it."""
    with pytest.raises(type(error)), telemetry.skill_run("fixer", per="activation"):
        raise error
    assert left == events.one("skill_run_paused").get("error_type")
    assert [] == events.of("skill_run_finished")


def test_loose_events_are_of_the_activation(
    events: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of any block, events and verdicts are of the activation's run."""
    run = telemetry.skill_run("fixer", per="activation").begin()
    telemetry.iteration(passed=True)
    telemetry.record("retry", {})
    telemetry.tokens(input=100)
    assert 100 == events[-1]["tokens_input"]
    telemetry.escalate("max_iterations")
    assert {run.id} == {event["run_id"] for event in events}
    assert "escalated" == events.one("skill_run_finished")["outcome"]
    monkeypatch.setenv("TACHIKOMA_RUN_ID", "named")
    telemetry.iteration()
    assert "named" == events[-1]["run_id"]
    monkeypatch.delenv("TACHIKOMA_RUN_ID")
    monkeypatch.delenv("TACHIKOMA_SKILL")
    telemetry.iteration()
    assert "run_id" not in events[-1]
    with pytest.raises(TelemetryError, match="outside of a run"):
        telemetry.succeed()


def test_an_unknown_per_makes_an_ordinary_run(
    events: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that is not known is said, and makes an ordinary run."""
    with pytest.raises(TelemetryError, match="per='session' is unknown"):
        telemetry.skill_run("fixer", per="session")  # type: ignore[call-overload]
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    with telemetry.skill_run("fixer", per="session") as run:  # type: ignore[call-overload]
        pass
    assert not ids.is_of_activation(run.id)
