"""The names in filters, compared with those in the store.

A filter that chooses nothing is an answer when the store knows its name, and a mistake otherwise:
a misspelt name would look like an empty history, and a check of it would always pass. `build` does
not compare them, since a program may ask about what comes later; the command line does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...errors import UnknownNameError
from ...opencode.installed import InstalledSkill
from ...visible import visible
from ...vocabulary.events import model_key
from ...vocabulary.tools import names_of_tool
from ..engine import Engine
from ..suggestions import suggestion
from .filters import Filters
from .session_scope import projects_in, sessions_in

_SKILLS = """
SELECT skill FROM skill_metrics WHERE skill IS NOT NULL
UNION SELECT skill FROM events WHERE skill IS NOT NULL
"""
_MODELS = """
SELECT model FROM messages WHERE model IS NOT NULL
UNION SELECT model FROM events WHERE model IS NOT NULL
UNION SELECT model FROM edit_metrics WHERE model IS NOT NULL
"""
_TOOLS = "SELECT DISTINCT tool FROM calls WHERE tool IS NOT NULL"
_FOLDERS = """
SELECT directory FROM sessions WHERE directory IS NOT NULL
UNION SELECT project FROM events WHERE project IS NOT NULL
"""
_ANYTHING = """
SELECT 1 FROM sessions UNION ALL SELECT 1 FROM events LIMIT 1
"""
# Paths have their beginnings in common, so two of them are soon alike.
_ALIKE_PATHS = 0.9


def check_filters(store: Engine, filters: Filters, installed: Iterable[InstalledSkill]) -> None:
    """Look whether what the filters name is known. In an empty store nothing is, and that is fine.

    Sessions are not looked for: `build` raises the like for them.

    `installed` are skills that are known though they were never used.

    Raises:
        UnknownNameError: when one is not; its message names the nearest.

    """
    if not filters.given or _empty(store):
        return
    if filters.skill is not None:
        _look("skill", filters.skill, _skills(store, installed))
    if filters.model is not None:
        models = {model_key(each) for each in _names(store, _MODELS)}
        if model_key(filters.model) not in models:
            raise _unknown("model", filters.model, suggestion(model_key(filters.model), models))
    if filters.tool is not None:
        known = _names(store, _TOOLS)
        _look("tool", filters.tool, {each for name in known for each in names_of_tool(name)})
    folder = filters.directory
    if folder is not None and not (sessions_in(store, folder) or projects_in(store, folder)):
        said = suggestion(folder, _names(store, _FOLDERS), cutoff=_ALIKE_PATHS)
        raise _unknown("directory", folder, said)


def unknown_skills(
    store: Engine, names: Collection[str], installed: Iterable[InstalledSkill]
) -> list[str]:
    """A sentence for each of these names that no known skill has.

    In an empty store no name is wrong; `installed` are skills that are known though never used.
    """
    if not names or _empty(store):
        return []
    known = _skills(store, installed)
    return [
        str(_unknown("skill", name, suggestion(name, known))) for name in names if name not in known
    ]


def _empty(store: Engine) -> bool:
    return store.execute(_ANYTHING).fetchone() is None


def _look(filter: str, name: str, known: set[str]) -> None:
    if name not in known:
        raise _unknown(filter, name, suggestion(name, known))


def _unknown(filter: str, name: str, said: str) -> UnknownNameError:
    return UnknownNameError(filter, f"no {filter} '{visible(name)}' is known; {said}")


def _skills(store: Engine, installed: Iterable[InstalledSkill]) -> set[str]:
    return _names(store, _SKILLS) | {each.skill for each in installed}


def _names(store: Engine, sql: str) -> set[str]:
    return {name for (name,) in store.execute(sql)}
