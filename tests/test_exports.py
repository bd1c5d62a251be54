"""The names that a program may import: a change of these lists is a change for users."""

from __future__ import annotations

from importlib import import_module

import pytest

_RECORDING = {
    "Attempt", "Attempts", "Chunk", "EditChain", "RlmRun", "Run", "SkillRun", "TelemetryError",
    "attempts", "cancel", "current", "edit", "edit_chain", "enabled", "escalate", "fail", "intent",
    "iteration", "label", "record", "retry", "rlm", "rlm_chunk", "skill_run", "succeed", "tokens",
}  # fmt: skip
_EXPORTED = {
    "tachikoma_telemetry": _RECORDING | {"telemetry"},
    "tachikoma_telemetry.recording": _RECORDING,
    "tachikoma_telemetry.reports": {
        "MINIMUM_ATTEMPTS", "SECTIONS", "Calendar", "Comparison", "ComparisonError", "ConfigError",
        "Filters", "FormError", "Installed", "InstalledSkill", "Report", "Section", "Skill",
        "SkillUsage", "Thresholds", "UnknownNameError", "UnknownSectionError",
        "UnknownSessionError", "best_format", "build", "find_installed", "get_session_skills",
        "get_skill_usage_stats", "read_thresholds",
    },
    "tachikoma_telemetry.testing": {"Captured", "capture"},
    "tachikoma_telemetry.legacy": {
        "DEFAULT_CONFIG", "History", "TelemetryLogger", "get_telemetry", "read_history",
    },
    "opencode_hooks": {
        "Change", "ForeignFileError", "InstalledFile", "SignOfLife", "config_dir", "install",
        "remove", "signs_of_life", "status",
    },
}  # fmt: skip


@pytest.mark.parametrize("module", _EXPORTED)
def test_a_module_exports_what_it_promises(module: str) -> None:
    """No name less, and none more by accident; each is there."""
    imported = import_module(module)

    assert sorted(_EXPORTED[module]) == sorted(imported.__all__)
    for name in imported.__all__:
        assert hasattr(imported, name)


def test_telemetry_is_the_recording_module() -> None:
    """`from tachikoma_telemetry import telemetry` is what every example begins with."""
    package = import_module("tachikoma_telemetry")

    assert import_module("tachikoma_telemetry.recording") is package.telemetry
    for name in _RECORDING:
        assert getattr(package, name) is getattr(package.telemetry, name)
