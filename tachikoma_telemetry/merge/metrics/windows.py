"""What a loaded skill was active for: the windows of one tree of sessions.

Loading a skill takes some milliseconds; what it makes the agent do comes after. Its window are the
assistant messages created after the load's message, up to and including the one that holds the next
successful load, or until a message that the user wrote. Several loads in one message share a
window. A message of a child session belongs, besides the window of its own session, to the windows
of the last message made before it whose `task` call names that child, or whose command began it. A
call that failed may name none: then to those of its parent's last message before the child began.

A window comes back: a later turn in which anything names one of its skills is a further span of it,
for that skill, as long as no other load came between.

Pure computation: what goes in and out are plain rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    """A call, as far as windows care; `skill` of a successful load, `counted` 0 for a copy whose
    original is here.
    """

    call_key: str
    session_id: str
    message_id: str
    started: int
    skill: str | None
    child_id: str | None
    counted: int = 1


class Child(NamedTuple):
    """A session that another one began, and when (ms)."""

    session_id: str
    parent_id: str
    began: int


class WindowPiece(NamedTuple):
    """A piece of a window, from a time (ms) on: 0 for its first, the turn's for one that came back.

    A window is named by the message that holds its loads; a piece is of some of their skills.
    """

    window: str
    since: int
    skills: frozenset[str]


class Windows:
    """Answers, for each message of a tree, which loads were active.

    Args:
        messages: those that open a turn, load a skill, name one or call a task, and every message
            of a parent with a child that no call names; others do no harm.
        calls: those that load skills or begin sessions.
        children: the sessions of the tree that have a parent.
        named: ids of messages with a skill that an event of theirs names, or a call runs.
    """

    def __init__(
        self,
        messages: Iterable[TreeMessage],
        calls: Iterable[TreeCall],
        children: Iterable[Child] = (),
        named: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.loads: dict[str, list[TreeCall]] = defaultdict(list)
        tasks: dict[str, list[TreeCall]] = defaultdict(list)
        for call in calls:
            if call.skill is not None:
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
                opened = self._opened(message_id) if message_id in self.loads else None
                self._edges[message.session_id].append(_Edge(message.created, message_id, opened))
        self._tasks = {child: sorted(map(self._task, each)) for child, each in tasks.items()}
        unnamed = [child for child in children if child.session_id not in self._tasks]
        self._began_in = self._messages_before(unnamed) if unnamed else {}
        self._come_back(named)

    def _opened(self, message_id: str) -> WindowPiece:
        skills = (load.skill for load in self.loads[message_id])
        return WindowPiece(message_id, 0, frozenset(skill for skill in skills if skill is not None))

    def _come_back(self, named: Iterable[tuple[str, str]]) -> None:
        """Point the turns in which skills are named to the windows of those, if they are the last.

        What a subagent does is done in the turn that called it.
        """
        skills: dict[tuple[str, int], set[str]] = defaultdict(set)
        for message_id, skill in named:
            if message_id in self._messages:
                for message in self._chain(self._messages[message_id]):
                    skills[message.session_id, self._edge_before(message)].add(skill)
        for session, edges in self._edges.items():
            last = None
            for at, edge in enumerate(edges):
                if edge.opened is not None:
                    last = edge.opened
                elif last is not None and (again := last.skills & skills.get((session, at), set())):
                    edges[at] = edge._replace(opened=WindowPiece(last.window, edge.created, again))

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

    def last_load(self, window: str, skill: str) -> str | None:
        """The call by which a skill was loaded last in a window's message."""
        loads = (load for load in reversed(self.loads.get(window, ())) if load.skill == skill)
        return next((load.call_key for load in loads), None)

    def _edge_before(self, message: TreeMessage) -> int:
        """Which edge of its session a message comes after; -1 for none."""
        # What opens a turn is in no window, and what loads a skill not in the one it opens.
        edges = self._edges.get(message.session_id)
        if not edges or not message.assistant or message.opens_turn:
            return -1
        return bisect_left(edges, (message.created, message.message_id)) - 1

    def _own(self, message: TreeMessage) -> WindowPiece | None:
        """The window of the message's own session that it is in."""
        at = self._edge_before(message)
        return self._edges[message.session_id][at].opened if at >= 0 else None

    def all(self, message: TreeMessage) -> list[WindowPiece]:
        """Every window that the message is in, the innermost first."""
        spans = (self._own(each) for each in self._chain(message))
        return list(dict.fromkeys(span for span in spans if span is not None))

    def _chain(self, message: TreeMessage) -> Iterator[TreeMessage]:
        """A message, the one that called its session, the one that called that one's, and so on."""
        yield message
        # Most trees are one session, without a caller.
        current = self._caller(message) if self._tasks or self._began_in else None
        for _ in range(_DEPTH_MAX):
            if current is None:
                break
            yield current
            current = self._caller(current)

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
    """A message after which another window is open, or none."""

    created: int
    message_id: str
    opened: WindowPiece | None
