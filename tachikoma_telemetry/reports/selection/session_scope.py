"""The scope of the filters `session` and `directory`: the sessions that they choose."""

from __future__ import annotations

from ...errors import UnknownSessionError
from ...project import is_inside
from ...visible import visible
from ..engine import Engine
from ..suggestions import nearest_name

_LATEST = """
SELECT session_id FROM (
    SELECT session_id, max(coalesce(updated, created)) AS moment FROM main.messages GROUP BY 1
    UNION ALL
    SELECT session_id, max(coalesce(ended, started, updated)) FROM main.calls GROUP BY 1
    UNION ALL
    SELECT session_id, coalesce(updated, created) FROM main.sessions
) WHERE session_id IN (SELECT session_id FROM main.sessions)
ORDER BY moment DESC, session_id
"""

_CHILDREN = "SELECT session_id, parent_id FROM main.sessions WHERE parent_id IS NOT NULL"

_KNOWN = """
SELECT 1 FROM main.sessions WHERE session_id = ?
UNION ALL SELECT 1 FROM main.events WHERE session_id = ? OR session = ?
LIMIT 1
"""


_LISTED = 4


def sessions_in(store: Engine, directory: str) -> set[str]:
    """The sessions that are, or before a move were, in `directory` or below it, links resolved."""
    rows = store.execute(
        "SELECT session_id, directory FROM main.sessions WHERE directory IS NOT NULL "
        "UNION SELECT session_id, directory FROM main.messages WHERE directory IS NOT NULL"
    )
    inside: dict[str, bool] = {}
    chosen = set()
    for session, folder in rows:
        if folder not in inside:
            inside[folder] = is_inside(folder, directory)
        if inside[folder]:
            chosen.add(session)
    return chosen


def projects_in(store: Engine, directory: str) -> set[str]:
    """The projects in `directory` that recorded events."""
    rows = store.execute("SELECT DISTINCT project FROM main.events WHERE project IS NOT NULL")
    return {project for (project,) in rows if is_inside(project, directory)}


def last_session(store: Engine, among: set[str] | None) -> str | None:
    """The session with the latest activity, a subagent's counting as its parent's.

    `among` are the only ones that count; None is all.
    """
    parents = dict(store.execute("SELECT session_id, parent_id FROM main.sessions"))
    for (session,) in store.execute(_LATEST):
        if among is not None and session not in among:
            continue
        root, seen = session, {session}
        while (parent := parents.get(root)) in parents and parent not in seen:
            root = parent
            seen.add(root)
        return str(root)
    return None


def whole_id(store: Engine, session: str) -> str:
    """The id of the session that is meant: itself, or the one that begins so.

    Raises:
        UnknownSessionError: when the store holds other sessions, but not this one, or several that
            begin so.
    """
    if store.execute(_KNOWN, (session,) * 3).fetchone() is not None:
        return session
    known = sorted(each for (each,) in store.execute("SELECT session_id FROM main.sessions"))
    begun = [each for each in known if each.startswith(session)]
    if len(begun) == 1:
        return str(begun[0])
    if begun:
        some = ", ".join(visible(each) for each in begun[:_LISTED])
        message = f"{len(begun):,} sessions begin with '{visible(session)}': {some}"
        raise UnknownSessionError("session", message + (", …" if len(begun) > _LISTED else ""))
    if known:
        said = nearest_name(session, known) or "`tachikoma-telemetry report sessions` lists them"
        message = f"no session '{visible(session)}' is known; {said}"
        raise UnknownSessionError("session", message)
    return session


def family(store: Engine, session: str) -> set[str]:
    """A session and its subagents' sessions, however deep."""
    children: dict[str, list[str]] = {}
    for child, parent in store.execute(_CHILDREN):
        children.setdefault(parent, []).append(child)
    found, waiting = {session}, [session]
    while waiting:
        new = [each for each in children.get(waiting.pop(), ()) if each not in found]
        found.update(new)
        waiting += new
    return found
