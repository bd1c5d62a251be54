"""Values that can't be right: warned about once, dropped or cut, and the event kept."""

from __future__ import annotations

import enum
import json
import logging
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import TelemetryError, telemetry
from tachikoma_telemetry.recording import problems, recorder
from tachikoma_telemetry.schemas import event_schema
from tachikoma_telemetry.testing import capture
from tachikoma_telemetry.vocabulary.events import EVENT_BYTES_MAX, EVENT_TYPES

from ..journal_at import document


class Hostile:
    """Raises at every touch."""

    def __repr__(self) -> str:
        return "Hostile()"

    def item(self) -> Any:
        raise RuntimeError("touched")

    def _raise(self) -> Any:
        raise RuntimeError("touched")

    __str__ = __float__ = __iter__ = __bool__ = _raise


class Colour(enum.Enum):
    """An enum of texts, and one of numbers."""

    RED = "red"


class Level(enum.IntEnum):
    """An enum that is an int."""

    HIGH = 3


class Format(str, enum.Enum):
    """An enum that is a text."""

    HASHLINE = "hashline"


class Scalar:
    """As numpy's scalars are."""

    def __init__(self, value: object) -> None:
        self._value = value

    def item(self) -> object:
        return self._value


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        -1,
        -0.001,
        "12",
        True,
        [],
        Hostile(),
        10**400,
        Decimal("NaN"),
        1j,
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_duration_that_is_none_is_dropped(value: Any) -> None:
    """It is dropped, and the event kept; in strict mode it raises."""
    with capture(strict=False) as events:
        telemetry.iteration(stage="verify", duration_ms=value)
    assert ("verify", False) == (events[0]["stage"], "duration_ms" in events[0])
    with capture(), pytest.raises(TelemetryError, match="duration_ms"):
        telemetry.iteration(duration_ms=value)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: telemetry.intent("debug", confidence=1.7), "confidence"),
        (lambda: telemetry.iteration(index=0), "index"),
        (lambda: telemetry.iteration(index=1.5), "index"),  # type: ignore[arg-type]
        (lambda: telemetry.iteration(passed="yes"), "passed"),  # type: ignore[arg-type]
        (lambda: telemetry.iteration(verdict="maybe"), "verdict"),
        (lambda: telemetry.iteration(failed_criteria="logic"), "failed_criteria"),
        (lambda: telemetry.iteration(tokens=-1), "tokens"),
        (lambda: telemetry.intent("x", alternatives=["a"]), "alternatives"),  # type: ignore[arg-type]
        (lambda: telemetry.intent("x", alternatives={"a": math.nan}), "alternatives"),
        (lambda: telemetry.edit("", success=True), "format"),
        (lambda: telemetry.edit(None, success=True), "format"),  # type: ignore[arg-type]
        (lambda: telemetry.iteration(stage=Hostile()), "stage"),  # type: ignore[arg-type]
        (lambda: telemetry.iteration(failed_criteria=Hostile()), "failed_criteria"),
    ],
)
def test_a_field_out_of_range_is_left_out(call: Any, field: str) -> None:
    """A field that can't be right is left out of its event."""
    with capture(strict=False) as events:
        call()
    assert 1 == len(events)
    assert field not in events[0]


def test_numbers_of_other_libraries_are_numbers() -> None:
    """Decimal, Fraction, numpy's scalars and enum members are what they stand for."""
    with capture() as events:
        telemetry.iteration(
            stage=Colour.RED,  # type: ignore[arg-type]
            index=Level.HIGH,
            passed=Scalar(True),  # type: ignore[arg-type]
            score=Decimal("0.5"),  # type: ignore[arg-type]
            duration_ms=Fraction(3, 2),  # type: ignore[arg-type]
            tokens=Scalar(7),  # type: ignore[arg-type]
            level=Level.HIGH,
            colour=Colour.RED,
            exact=Decimal("1.25"),
            small=1e-9,
        )
        telemetry.edit(Format.HASHLINE, success=True)
    assert ("red", 3, True, 0.5, 1.5, 7) == tuple(
        events[0][name] for name in ("stage", "index", "passed", "score", "duration_ms", "tokens")
    )
    assert {"level": 3, "colour": "red", "exact": 1.25, "small": 1e-9} == events[0]["attributes"]
    assert "hashline" == events[1]["format"]
    assert "hashline" in json.dumps(events[1])


def test_long_texts_are_cut_and_the_journal_stays_valid(project: Path) -> None:
    """Long texts are cut, lone surrogates replaced, and the journal stays valid UTF-8 and JSON."""
    telemetry.retry(reason="x" * 10_000)
    telemetry.retry(reason="a\udc80b \N{GRINNING FACE}\n]}\n\x00\u2028")
    first, second = document(project / ".opencode" / "telemetry" / "metrics.json")
    assert 256 == len(first["reason"])
    assert "a?b \N{GRINNING FACE}\n]}\n\x00\u2028" == second["reason"]


def test_attributes_may_have_almost_any_name() -> None:
    """Attributes may be named like anything that is not a parameter; odd ones are dropped."""
    with capture(strict=False) as events:
        telemetry.retry(
            self=1, id="x", type="y", kind=2, fields=3, attributes=4, time=5, model="m", pid=6
        )
        telemetry.iteration(a=None, b=[1], c={}, d=object(), e="ok", f=math.nan, g=Hostile())
    assert {
        "self": 1,
        "id": "x",
        "type": "y",
        "kind": 2,
        "fields": 3,
        "attributes": 4,
        "time": 5,
        "model": "m",
        "pid": 6,
    } == events[0]["attributes"]
    assert "retry" == events[0]["type"]
    assert {"e": "ok"} == events[1]["attributes"]


def test_attributes_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TACHIKOMA_TELEMETRY_ATTRIBUTES=off` records no attributes."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_ATTRIBUTES", "off")
    with capture() as events:
        telemetry.retry(reason="x", note="y")
    assert "attributes" not in events[0]


def test_too_long_an_event_keeps_its_envelope_and_fields(project: Path) -> None:
    """An event over 8 KB keeps its envelope and its fields, is marked, and is never over 8 KB."""
    wide: dict[str, Any] = {f"a{number}": "\x01" * 256 for number in range(32)}
    telemetry.iteration(stage="verify", index=2, **wide)
    names = ["\x01" * 64 + str(number) for number in range(32)]
    with telemetry.skill_run("\x01" * 256, session_id="\x02" * 256, model="\x03" * 256) as run:
        run.iteration(
            stage="\x04" * 256, verdict="fail", failed_criteria=names, passed=False, **wide
        )
        run.intent(
            "\x05" * 256,
            actual="\x06" * 256,
            strategy="\x07" * 256,
            complexity="\x08" * 256,
            confidence=0.5,
        )
    path = project / ".opencode" / "telemetry" / "metrics.json"
    assert all(len(line) <= EVENT_BYTES_MAX + 1 for line in path.read_bytes().splitlines())
    first, _, second, third, _ = document(path)
    assert ("verify", 2, True) == (first["stage"], first["index"], first["truncated"])
    assert not {"attributes", "failed_criteria"} & second.keys()
    assert (False, "fail") == (second["passed"], second["verdict"])
    assert (0.5, True) == (third["confidence"], third["truncated"])
    assert run.id == third["run_id"]


def test_a_loop_warns_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A skill that loops warns once, to the logger `tachikoma_telemetry`."""
    monkeypatch.setattr(problems, "_logged", set())
    with capture(strict=False) as events:
        for _ in range(100):
            telemetry.intent("debug", confidence=1.7)
    assert 100 == len(events)
    assert [("tachikoma_telemetry", logging.WARNING, "intent: confidence is above 1; dropped")] == (
        caplog.record_tuples
    )


def test_a_log_handler_that_raises_does_not_reach_the_skill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even somebody's broken log filter reaches the skill."""
    monkeypatch.setattr(problems, "_logged", set())

    def broken(record: logging.LogRecord) -> bool:
        raise RuntimeError

    logger = logging.getLogger("tachikoma_telemetry")
    logger.addFilter(broken)
    try:
        with capture(strict=False) as events:
            telemetry.intent("debug", confidence=1.7)
    finally:
        logger.removeFilter(broken)
    assert 1 == len(events)


def test_a_label_without_its_event_is_not_recorded() -> None:
    """A label that names no event is worth nothing and is not recorded."""
    with capture(strict=False) as events:
        telemetry.label("", actual="debug")
        telemetry.label(None)  # type: ignore[arg-type]
    assert [] == events


def test_other_names_of_formats_are_folded() -> None:
    """Other names of the edit formats are folded; an unknown one is kept as it is."""
    with capture() as events:
        for name in ("patch", "str_replace_exact", "edit", "write", "udiff", "morph"):
            telemetry.edit(name, success=True)
    assert ["apply_patch", "str_replace", "str_replace", "whole", "udiff", "morph"] == [
        each["format"] for each in events
    ]


def test_measured_durations_have_three_decimals() -> None:
    """Durations that we measure have three decimals, so that they don't pretend to more."""
    with capture() as events, telemetry.skill_run("x") as run, run.rlm_chunk():
        pass
    for each in events[1:]:
        assert round(each["duration_ms"], 3) == each["duration_ms"]


_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF))
    | st.binary()
    | st.builds(Hostile),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@cache
def _schema() -> Any:
    return jsonschema.Draft202012Validator(event_schema())


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from(sorted(EVENT_TYPES)))
def test_whatever_is_said_is_valid(data: st.DataObject, kind: str) -> None:
    """For any values at all, an event is valid by the schema, as JSON, or not there."""
    fields = data.draw(st.fixed_dictionaries(dict.fromkeys(EVENT_TYPES[kind].fields, _ANY)))
    attributes = data.draw(st.dictionaries(st.text(), _ANY, max_size=4))
    _check(kind, fields, attributes, data.draw(_ANY))


def _check(kind: str, fields: Mapping[str, Any], attributes: Mapping[str, Any], time: Any) -> None:
    with capture(strict=False) as events:
        telemetry.record(kind, fields, attributes=attributes, time=time)
    for event in events:
        line = recorder._encode(event).encode()
        assert b"\n" not in line
        _schema().validate(json.loads(line))
