"""Rows of the section `sessions`."""

from dataclasses import dataclass

from ...meaning import NO_TOKENS, amount, meaning, moment


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session, newest first; a subagent's session is a row of its own."""

    session_id: str = meaning("OpenCode's id")
    title: str | None = meaning("its title; null when it has none")
    directory: str | None = meaning("the folder it was started in; null when unknown")
    parent_id: str | None = meaning(
        "the session that began it: as a subagent, or in a command; null for others"
    )
    parent_call: str | None = meaning(
        "the call_id of the command that began it there; null for a subagent and where unknown"
    )
    started: int | None = moment("when it began", "when unknown")
    ended: int | None = moment("end of its last message or call", "without any")
    calls: int = amount("tool calls, copies from a forked session not counted")
    failed: int = amount("calls that failed, timed out or were invalid")
    skills: int = amount("different skills that were loaded or run")
    tokens_input: int | None = amount("input tokens without cached ones" + NO_TOKENS)
    tokens_output: int | None = amount("output tokens" + NO_TOKENS)
    tokens_reasoning: int | None = amount("reasoning tokens" + NO_TOKENS)
    tokens_cache_read: int | None = amount("input tokens read from cache" + NO_TOKENS)
    tokens_cache_write: int | None = amount("input tokens written to cache" + NO_TOKENS)
    cost: float | None = amount("cost in US dollars, as OpenCode has it" + NO_TOKENS)
    todos: int | None = amount("its to-do items; null when OpenCode keeps none")
    todos_completed: int | None = amount("those completed; null likewise")
    turns_succeeded: int | None = amount(
        "turns that succeeded, as OpenCode 2 says; null without any turn of 2.x"
    )
    turns_failed: int = amount("turns that ended in an error")
    turns_interrupted: int = amount("turns that the user stopped")
