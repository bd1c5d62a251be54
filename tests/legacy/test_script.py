"""The predecessor's configuration file, and its script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tachikoma_telemetry import legacy
from tachikoma_telemetry.legacy import TelemetryLogger
from tachikoma_telemetry.legacy import __main__ as legacy_command


def test_its_configuration_is_obeyed(project: Path, journal: Path) -> None:
    """Of its configuration file, `enabled` and `retention_days` are heeded."""
    config = project / "config.yaml"
    config.write_text("telemetry:\n  enabled: false\n  retention_days: 7\n")
    telemetry = TelemetryLogger(str(config))
    telemetry.log_intent_classification("debug", 0.5)
    assert not telemetry.is_enabled()
    assert not journal.exists()


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("enabled: false", False),
        ("enabled: off  # for now", False),
        ("telemetry:\n  enabled: no", False),
        ("enabled: true\nalerts:\n  enabled: false", True),
        ("enabled: true", True),
    ],
)
def test_the_configuration_holds_in_subfolders(
    project: Path, journal: Path, monkeypatch: pytest.MonkeyPatch, text: str, records: bool
) -> None:
    """`enabled: false` of the project is heeded wherever in it the process works."""
    config = project / legacy.DEFAULT_CONFIG
    config.parent.mkdir()
    config.write_text(text)
    (project / "sub").mkdir()
    for folder in (project, project / "sub"):
        monkeypatch.chdir(folder)
        telemetry = TelemetryLogger()
        assert records == telemetry.is_enabled()
        telemetry.log_intent_classification("debug", 0.5)
        telemetry.log_rlm_performance(2, 10, True, 5)
    assert records == journal.exists()


def test_its_commands_print_what_the_getters_answer(
    telemetry: TelemetryLogger, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands of its script print what the getters answer."""
    telemetry.log_skill_invocation("x", 1, 100, True)
    telemetry.log_edit_attempt("zai/m", "hashline", True)

    def said(*arguments: str) -> object:
        legacy_command.main(arguments)
        return json.loads(capsys.readouterr().out)

    assert telemetry.get_summary() == said("stats", "--summary")
    assert telemetry.get_skill_stats("x") == said("stats", "--skill", "x")
    assert {"hashline": 1.0} == said("stats", "--model", "m")
    assert telemetry.get_intent_stats("debug") == said("stats", "--intent", "debug")
    assert telemetry.get_rlm_stats() == said("stats", "--rlm")
    for arguments in (["stats"], [], ["stats", "--rlm", "--summary"]):
        with pytest.raises(SystemExit, match="2"):
            legacy_command.main(arguments)
    with pytest.raises(SystemExit, match="1"):
        legacy_command.main(["export", str(project / "nowhere" / "out.json")])
    legacy_command.main(["export", str(project / "out.json")])
    legacy_command.main(["clear", "--days", "0"])
    assert (project / "out.json").exists()


def test_its_script_prints_the_summary(telemetry: TelemetryLogger, project: Path) -> None:
    """`python -m tachikoma_telemetry.legacy stats --summary` prints the summary."""
    telemetry.log_skill_invocation("x", 1, 100, True)
    done = subprocess.run(
        [sys.executable, "-m", "tachikoma_telemetry.legacy", "stats", "--summary"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("", 1) == (done.stderr, json.loads(done.stdout)["total_invocations"])
