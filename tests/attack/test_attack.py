"""A small attack of each kind; ``python -m tests.attack`` makes it as large as one likes."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from . import __main__ as command
from .__main__ import KINDS

SMALL = {"writers": 8, "merges": 6, "faults": 1, "rows": 2, "databases": 12, "histories": 2}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SMALL)
def test_a_small_attack_finds_nothing(tmp_path: Path, kind: str) -> None:
    """Each does what it is there to be counted for."""
    module = importlib.import_module(f"tests.attack.{kind}")
    done = module.attack(5, tmp_path.resolve(), SMALL[kind])
    assert {*module.ENOUGH} == {*done}
    assert min(done.values()) > 0


def test_an_attack_goes_on_where_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kind that is furthest behind comes next, with the next seed; what was found is named."""
    log = tmp_path / "log"
    rounds = []

    def round_of(kind: str, seed: int) -> dict[str, object]:
        rounds.append((kind, seed))
        enough = command._module(kind).ENOUGH
        done = {"found": "Error: lost\n"} if len(rounds) == 3 else {"done": enough}
        return {"kind": kind, "seed": seed, **done}

    monkeypatch.setattr(command, "_round", round_of)
    for _ in range(2):
        monkeypatch.setattr(sys, "argv", ["attack", str(log)])
        assert 1 == command.main()
    assert len(KINDS) + 1 == len(rounds) == len(log.read_text().splitlines())
    assert {*KINDS} == {kind for kind, _ in rounds}
    kind, seed = rounds[2]
    assert (kind, seed + 1) in rounds
    out = capsys.readouterr().out
    assert "1 with something found" in out
    assert "Error: lost" in out
