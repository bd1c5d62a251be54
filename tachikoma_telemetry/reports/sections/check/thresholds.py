"""The limits that `report --check` holds the numbers against.

They are set in `.opencode/telemetry/config.toml`; what is not set keeps its default:

    [thresholds]
    skill_success = 0.70      # of finished runs, 0–1
    edit_success = 0.60       # of attempts with a model and format, 0–1
    run_p95_seconds = 120     # 95th percentile of a skill's runs
    run_tokens = 100000       # mean tokens, input and output, of runs that report them
    runs_abandoned = 0.20     # of runs that are over, those that ended without a word, 0–1
    minimum = 5               # fewer runs or attempts cross nothing

    [thresholds.skills.code-agent]   # for one skill
    success = 0.90
    p95_seconds = 30
    tokens = 50000
    abandoned = 0.05

A limit of false is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ....errors import ConfigError
from ....regular_file import read_plain

CONFIG_NAME = "config.toml"
_BYTES_MAX = 1 << 20

Limits = Mapping[str, float | None]

_DEFAULTS: Limits = {
    "skill_success": 0.70,
    "edit_success": 0.60,
    "run_p95_seconds": 120.0,
    "run_tokens": 100_000.0,
    "runs_abandoned": 0.20,
    "minimum": 5.0,
}
_OF_A_SKILL = {
    "success": "skill_success",
    "p95_seconds": "run_p95_seconds",
    "tokens": "run_tokens",
    "abandoned": "runs_abandoned",
}

_SHARES = ("success", "abandoned")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits; None is off.

    Attributes:
        limits: by their names in the file.
        skills: a skill's own, by its name and theirs; what is not there is in `limits`.
    """

    limits: Limits = field(default_factory=lambda: dict(_DEFAULTS))
    skills: Mapping[str, Limits] = field(default_factory=dict)

    def of(self, skill: str | None, name: str) -> float | None:
        """The limit `name` for a skill."""
        own = self.skills.get(skill, {}) if skill is not None else {}
        return own.get(name, self.limits.get(name))


def read_thresholds(path: Path) -> Thresholds:
    """The limits set in the file at `path`; the defaults when there is none.

    Raises:
        ConfigError: when it can't be read, or sets something that is no limit.
    """
    import tomllib

    try:
        document = tomllib.loads(read_plain(path, _BYTES_MAX).decode())
    except FileNotFoundError:
        return Thresholds()
    except OSError as error:
        raise ConfigError(f"can't read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"can't read {path}: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"can't read {path}: it is nested too deeply") from error
    for name in document:
        if name != "thresholds":
            raise ConfigError(f"{path}: no table {name!r}; there is thresholds")
    table = dict(_table(document.get("thresholds", {}), "thresholds", path))
    skills = _table(table.pop("skills", {}), "thresholds.skills", path)
    return Thresholds(
        {**_DEFAULTS, **_limits(table, {each: each for each in _DEFAULTS}, path)},
        {
            name: _limits(_table(of, f"thresholds.skills.{name}", path), _OF_A_SKILL, path)
            for name, of in skills.items()
        },
    )


def _table(value: Any, name: str, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {name} is no table")
    return value


def _limits(table: Mapping[str, Any], known: Mapping[str, str], path: Path) -> Limits:
    limits: dict[str, float | None] = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{path}: no threshold {key!r}; there are {', '.join(known)}")
        if value is False:
            limits[known[key]] = None
        elif isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise ConfigError(f"{path}: {key} is a number from 0 up, or false for off")
        elif known[key].endswith(_SHARES) and value > 1:
            raise ConfigError(f"{path}: {key} is a rate, 0 to 1: write 0.7 for 70 %")
        else:
            limits[known[key]] = float(value)
    return limits
