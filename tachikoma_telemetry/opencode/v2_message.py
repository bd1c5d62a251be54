"""Rows of `session_message` by their type: what each is as a message, and which calls it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .message import read_message, written_by_a_person
from .numbers import Numbers
from .part import CallLocation
from .shapes import Values
from .skill_folders import SkillFolders
from .skill_load import load_of_user
from .unknown import see
from .v2_call import PREFIX, Ends, read_calls, user_command
from .v2_outcome import user_verdict
from .v2_row import Row
from .v2_session import SessionIndex
from .values import json_object, name, section, text

# As which role a row is kept, by its type. A command of the user is a message and its call.
_ROLES = {
    "user": "user",
    "shell": "user",
    "assistant": "assistant",
    "skill": "skill",
    "compaction": "compaction",
    "idle": "idle",
}
# Of these nothing is kept: what OpenCode adds by itself, and switches. The end of a command in the
# background is looked up when its call is read.
_PASSED_OVER = frozenset(
    {"synthetic", "system", "agent-switched", "model-switched", "location-switched"}
)
_BY_USER = frozenset({"user", "shell", "skill"})
_TURN_OUTCOMES = frozenset({"succeeded", "failed", "interrupted"})
# What a row of these types says of itself, and what is known of that.
_SAID = {
    "shell": ("status", frozenset({"running", "exited", "timeout", "killed"})),
    "compaction": ("status", frozenset({"running", "completed", "failed"})),
    "idle": ("outcome", _TURN_OUTCOMES),
}


def _by_user(_: str) -> bool:
    return True


class MessageRow:
    """A row that holds a message."""

    def __init__(
        self,
        row: Row,
        message_id: str,
        session_id: str,
        kind: str,
        body: dict[str, Any],
        sessions: SessionIndex,
    ) -> None:
        self.id = message_id
        self.session_id = session_id
        self.kind = kind
        self._row = row
        self._body = body
        self._sessions = sessions
        self._folder = sessions.folder_at(self.session_id, row.seq)

    @classmethod
    def of(cls, row: Row, sessions: SessionIndex, unknown: Counter[str]) -> MessageRow | None:
        """The message in a row; None when it holds none, or its type is unknown.

        Raises:
            ValueError: when it can't be understood.

        """
        kind = name(row.type)
        if kind not in _ROLES:
            if kind not in _PASSED_OVER:
                see(unknown, "session_message type", kind)
            return None
        message_id, session_id = text(row.id), text(row.session_id)
        body = json_object(row.data)
        if message_id is None or session_id is None or body is None:
            raise ValueError(kind)
        return cls(row, message_id, session_id, kind, body, sessions)

    @property
    def is_open(self) -> bool:
        """Whether it will change, and its values do not say so."""
        return self.kind == "compaction" and self._body.get("status") == "running"

    @property
    def lacks_content(self) -> bool:
        """Whether what is left of a very long row does not show its calls."""
        return (
            self.kind == "assistant"
            and self._row.data is self._body
            and ("content" not in self._body)
        )

    def values(self, numbers: Numbers, times: dict[str, Any] | None = None) -> Values:
        """Its values as a message; with `times` instead of those that it has."""
        body, here = self._body, self._sessions.folders.get(self.session_id)
        ended = body.get("outcome") if self.kind == "idle" else None
        # Its fields get the names of 1.x; the two ends of a very long row have them already.
        body["role"] = _ROLES[self.kind]
        if "model" in body:
            model = section(body["model"])
            body["providerID"] = model.get("providerID") or body.get("providerID")
            body["modelID"] = model.get("id") or body.get("modelID")
        if "error" in body:
            error = section(body["error"])
            body["error"] = {"name": text(error.get("name")) or error.get("type")}
        if times:
            body["time"] = times
        return read_message(
            self.id,
            self.session_id,
            self._row.time_updated,
            body,
            self._sessions.begun.get(self.session_id),
            _by_user,
            numbers,
            row_created=self._row.time_created,
            is_copy=self._sessions.is_copy(self.session_id, self.id, self._row.seq),
            directory=self._folder if self._folder != here else None,
            turn_outcome=ended if isinstance(ended, str) and ended in _TURN_OUTCOMES else None,
        )

    def calls(
        self, numbers: Numbers, unknown: Counter[str], ends: Ends, skills: SkillFolders
    ) -> list[Values | None]:
        """The calls in it, and the skills that a user loaded with it; None for each one that can't
        be understood. `skills` are the folders that are known, and get those of its loads.
        """
        nested = self.session_id in self._sessions.children
        row = self._row
        place = CallLocation(
            self.session_id, self.id, row.time_updated, self._folder, nested, row.rowid, skills
        )
        if self.kind == "assistant":
            return read_calls(place, self._body, numbers, unknown, ends)
        said, known = _SAID.get(self.kind, ("", frozenset()))
        if said in self._body and str(self._body[said]) not in known:
            see(unknown, f"{self.kind} {said}", self._body[said])
        if self.kind == "shell":
            outcome, ended = user_verdict(self._body)
            return [user_command(place, self._body, outcome, ended, numbers)]
        return [*self._loads(place, numbers, skills)] if self.kind in _BY_USER else []

    def _loads(
        self, place: CallLocation, numbers: Numbers, skills: SkillFolders
    ) -> Iterator[Values]:
        """The skills that a user named in a message, or loaded by themselves: each once."""
        body = self._body
        created = section(body.get("time")).get("created")
        with numbers.uncounted():  # they are the message's own
            at = numbers.moment(created)
            at = numbers.moment(self._row.time_created) if at is None else at
            updated = numbers.moment(self._row.time_updated)
        given = [{"id": body.get("skill"), **body}] if self.kind == "skill" else body.get("skills")
        texts: dict[str, str | None] = {}
        for each in map(section, given if isinstance(given, list) else ()):
            skill, loaded = text(each.get("id")) or text(each.get("name")), each.get("text")
            if skill is not None:
                shown = loaded if isinstance(loaded, str) else None
                texts[skill] = texts.get(skill) or shown
        if self.kind == "user" and given is None:
            # A command of 1.x that was migrated.
            written = written_by_a_person({"type": "text", "text": body.get("text")})
            if written is not None and written.skill is not None:
                texts[written.skill] = written.loaded
        for skill, shown in texts.items():
            key = f"{PREFIX}{self.id}:skill:{skill}"
            skills.note_text(place.row, skill, shown)
            yield load_of_user(
                key, self.session_id, self.id, skill, shown, at, updated, nested=place.nested
            )
