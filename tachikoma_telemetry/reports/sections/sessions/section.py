"""The section `sessions`."""

from ...section import Section, part
from . import sheet
from .rows import SessionRow

SECTION: Section[None] = Section(
    name="sessions",
    question="what happened in each session",
    parts={"sessions": part(__package__, "sessions", SessionRow)},
    blocks=lambda parts: sheet.blocks(parts["sessions"], ids=True),
    brief=lambda parts: sheet.blocks(parts["sessions"], ids=False),
    empty="There is no session of OpenCode yet.",
    needs=("call_sums", "message_sums", "turn_outcomes", "turns_by_session"),
    shows_times=True,
    headings={
        "started": "started",
        "title": "title",
        "calls": "calls",
        "failed": "failed",
        "turns failed": "turns_failed",
        "interrupted": "turns_interrupted",
        "skills": "skills",
        "output tok.": "tokens_output",
        "cost": "cost",
        "todos": "to-do items completed, of all; – when OpenCode keeps none",
        "begun by": "a session, or a command in it",
        "folder": "directory",
        "session": "the beginning of its id, as --session takes it",
    },
)
