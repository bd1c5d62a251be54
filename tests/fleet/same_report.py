"""Whether two reports say the same, but for the last digits of sums."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from tachikoma_telemetry.reports import Report


def assert_same(one: Report, other: Report) -> None:
    """Every number, name and order of two reports is the same, floats within 1e-9."""
    _same(one.parts, other.parts, str(one.section))
    _same(one.totals, other.totals, "totals")
    _same(one.coverage, other.coverage, "coverage")


def _same(one: Any, other: Any, where: str) -> None:
    if dataclasses.is_dataclass(one):
        names = [each.name for each in dataclasses.fields(one)]
        for name in names:
            _same(getattr(one, name), getattr(other, name), f"{where}.{name}")
    elif isinstance(one, dict):
        assert [*one] == [*other], where
        for key, value in one.items():
            _same(value, other[key], f"{where}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            _same(left, right, f"{where}[{number}]")
    elif isinstance(one, float) or isinstance(other, float):
        close = math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        assert one == other or close, (where, one, other)
    else:
        assert one == other, (where, one, other)
