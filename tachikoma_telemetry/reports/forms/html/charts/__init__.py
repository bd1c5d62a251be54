"""Which charts each section has. To add one: a function of the section's rows, and its place here.

A section without rows gets none, and a function gives none where there is nothing to compare.
Charts show the first rows of many; the tables have them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ....section import Parts
from ..chart import Chart
from .edit_charts import edits
from .intent_charts import intents
from .iteration_charts import iterations
from .rlm_charts import rlm
from .skill_charts import skills
from .trend_charts import trend
from .usage_charts import models, sessions, tools

_CHARTS: Mapping[str, Callable[[Parts], list[Chart]]] = {
    "skills": skills,
    "iterations": iterations,
    "edits": edits,
    "rlm": rlm,
    "intents": intents,
    "tools": tools,
    "models": models,
    "sessions": sessions,
    "trend": trend,
}


def charts_of(parts: Parts, sections: Iterable[str]) -> dict[str, list[Chart]]:
    """The charts of each of these sections that has any."""
    charts = {
        section: _CHARTS[section](parts)
        for section in sections
        if section in _CHARTS and parts[section]
    }
    return {section: drawn for section, drawn in charts.items() if drawn}
