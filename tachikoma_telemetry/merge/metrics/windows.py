"""What a loaded skill was active for: the windows of one tree of sessions.

Loading a skill takes some milliseconds; what it makes the agent do comes after. Its window are the
assistant messages created after the load's message, up to and including the one that holds the next
successful load, or until a message that the user wrote. Several loads in one message share a
window. A message of a child session belongs, besides the window of its own session, to the windows
of the last message made before it whose `task` call names that child. A call that failed may name
none: then to those of its parent's last message before the child began.

Pure computation: what goes in and out are plain rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ...store.time_limits import FOREVER

# A child of a child of a child …; real trees are three deep, a cycle in the data is endless.
_DEPTH_MAX = 32


class TreeMessage(NamedTuple):
    """A message, as far as windows care."""

    message_id: str
    session_id: str
    created: int
    assistant: bool
    opens_turn: bool


class TreeCall(NamedTuple):
    """A call, as far as windows care; `loads` for a successful load of a skill, `counted` 0 for a
    copy whose original is here.
    """

    call_key: str
    session_id: str
    message_id: str
    started: int
    loads: bool
    child_id: str | None
    counted: int = 1


class Child(NamedTuple):
    """A session that another one began, and when (ms)."""

    session_id: str
    parent_id: str
    began: int


class Windows:
    """Answers, for each message of a tree, which loads were active.

    A window is named by the message that holds its loads.

    Args:
        messages: those that open a turn, load a skill or call a task, and every message of a
            parent with a child that no call names; others do no harm.
        calls: those that load skills or begin sessions.
        children: the sessions of the tree that have a parent.

    """

    def __init__(
        self,
        messages: Iterable[TreeMessage],
        calls: Iterable[TreeCall],
        children: Iterable[Child] = (),
    ) -> None:
        self.loads: dict[str, list[TreeCall]] = defaultdict(list)
        tasks: dict[str, list[TreeCall]] = defaultdict(list)
        for call in calls:
            if call.loads:
                self.loads[call.message_id].append(call)
            if call.child_id is not None and call.child_id != call.session_id:
                tasks[call.child_id].append(call)
        for loads in self.loads.values():
            loads.sort(key=lambda call: (call.started, call.call_key))
        self._messages: dict[str, TreeMessage] = {}
        # Of each session the messages after which another window is open, or none: by time.
        self._edges: dict[str, list[_Edge]] = defaultdict(list)
        for message in sorted(messages, key=lambda each: (each.created, each.message_id)):
            message_id = message.message_id
            self._messages[message_id] = message
            if message.opens_turn or message_id in self.loads:
                opened = message_id if message_id in self.loads else None
                self._edges[message.session_id].append(_Edge(message.created, message_id, opened))
        self._tasks = {child: sorted(map(self._task, named)) for child, named in tasks.items()}
        unnamed = [child for child in children if child.session_id not in self._tasks]
        self._began_in = self._messages_before(unnamed) if unnamed else {}

    def _task(self, call: TreeCall) -> _Task:
        # Not the call's own start: OpenCode 1.2 writes that again after the child has begun.
        message = self._messages.get(call.message_id)
        asked = message.created if message is not None else call.started
        # A fork's copy began nothing: what both name is the original's.
        return _Task(asked, call.started, call.counted, call.call_key, call.message_id)

    def _messages_before(self, children: list[Child]) -> dict[str, str]:
        """The message of its parent that each child began in."""
        parents = {child.parent_id for child in children}
        of_session: dict[str, list[TreeMessage]] = defaultdict(list)
        for message in self._messages.values():  # by time
            if message.assistant and message.session_id in parents:
                of_session[message.session_id].append(message)
        found = {}
        for child in children:
            before = of_session[child.parent_id]
            at = bisect_right(before, child.began, key=lambda message: message.created)
            if at:
                found[child.session_id] = before[at - 1].message_id
        return found

    def spans(self, session_id: str) -> list[tuple[int, int]]:
        """When, from and to (ms), the messages of a session were made that may be in a window."""
        callers = [call.message_id for call in self._tasks.get(session_id, ())]
        callers += [self._began_in[session_id]] if session_id in self._began_in else []
        for caller in map(self._messages.get, callers):
            if caller is not None and self.all(caller):
                return [(0, FOREVER)]
        edges = self._edges.get(session_id, [])
        ends = [edge.created for edge in edges[1:]]
        found: list[tuple[int, int]] = []
        for edge, until in zip(edges, [*ends, FOREVER], strict=False):
            if edge.opened is not None:
                # One window ends where the next begins.
                joins = found and found[-1][1] == edge.created
                since = found.pop()[0] if joins else edge.created
                found.append((since, until))
        return found

    def own(self, message: TreeMessage) -> str | None:
        """The window of the message's own session that it is in."""
        # What opens a turn is in no window, and what loads a skill not in the one it opens.
        edges = self._edges.get(message.session_id)
        if not edges or not message.assistant or message.opens_turn:
            return None
        at = bisect_left(edges, (message.created, message.message_id))
        return edges[at - 1].opened if at else None

    def all(self, message: TreeMessage) -> list[str]:
        """Every window that the message is in, the innermost first."""
        own = self.own(message)
        windows = [own] if own is not None else []
        # Most trees are one session, without a caller.
        current = self._caller(message) if self._tasks or self._began_in else None
        for _ in range(_DEPTH_MAX):
            if current is None:
                break
            own = self.own(current)
            if own is not None and own not in windows:
                windows.append(own)
            current = self._caller(current)
        return windows

    def _caller(self, message: TreeMessage) -> TreeMessage | None:
        """The parent's message whose `task` call began, or resumed, this message's session."""
        named = self._tasks.get(message.session_id)
        if named is None:
            caller = self._began_in.get(message.session_id)
        else:
            at = bisect_right(named, message.created, key=lambda task: task.asked)
            caller = named[at - 1].message_id if at else None
        return self._messages.get(caller) if caller is not None else None


class _Task(NamedTuple):
    """A call that began or resumed a session, in the order of these fields."""

    asked: int
    started: int
    counted: int
    call_key: str
    message_id: str


class _Edge(NamedTuple):
    """A message after which another window is open, the one it is named by, or none."""

    created: int
    message_id: str
    opened: str | None
