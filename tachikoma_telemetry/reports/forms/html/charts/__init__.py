"""Which charts each section has. To add one: a function of the section's rows, and its place here.

A section without rows gets none, and a function gives none where there is nothing to compare.
Charts show the first rows of many; the tables have them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....section import Parts
from ..chart import Chart
from . import (
    compare_charts,
    edit_charts,
    fault_charts,
    intent_charts,
    trend_charts,
    usage_charts,
)

_CHARTS: Mapping[str, Callable[[Parts], list[Chart]]] = {
    "skills": usage_charts.skills,
    "iterations": fault_charts.iterations,
    "edits": edit_charts.edits,
    "rlm": usage_charts.rlm,
    "intents": intent_charts.intents,
    "tools": usage_charts.tools,
    "models": usage_charts.models,
    "sessions": usage_charts.sessions,
    "trend": trend_charts.trend,
    "compare": compare_charts.compare,
    "patterns": fault_charts.patterns,
    "unused": fault_charts.unused,
    "check": fault_charts.check,
}


def charts_of(section: str, parts: Parts) -> list[Chart]:
    """The charts of a section; none where it has no rows."""
    draw = _CHARTS.get(section)
    return draw(parts) if draw is not None and parts[section] else []
