"""What happens in the scripted sessions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.scripted.turn import Call, Turn, load, runs, step, task

TIMEOUT_MS = 4000
"""Enough for Python to start and record on a busy machine; then OpenCode ends the command."""

STARTED, PAUSED, FINISHED = "skill_run_started", "skill_run_paused", "skill_run_finished"
ROUTED = (STARTED, "intent", "intent", FINISHED)
ITERATED = (STARTED, "iteration", FINISHED)
GAVE_UP = (STARTED, "iteration", "iteration", "iteration", FINISHED)
LEFT_OPEN = (STARTED, "retry")
CHANGED = (
    STARTED,
    "intent",
    "iteration",
    "edit_format",
    "edit_format",
    "edit_format",
    "iteration",
    "retry",
    "iteration",
    "rlm_chunk",
    "label",
    FINISHED,
)
# The run stays open, and one nested in it is finished.
LOOPED = (STARTED, "iteration", STARTED, "iteration", FINISHED, PAUSED)


def turns(project: str) -> tuple[Turn, ...]:
    """All turns in their order; `project` is the folder that OpenCode runs in."""
    source = f"{project}/src"
    return (
        _main(source),
        *_subagents(),
        _again(),
        _second(source),
        _patched(),
        _forked(),
        _killed(),
    )


def _main(source: str) -> Turn:
    slug = f"{source}/slug.py"
    old = 'title.lower().replace(" ", "-")'
    wrong = {"filePath": slug, "oldString": "title.casefold()", "newString": "title.lower()"}
    right = {"filePath": slug, "oldString": old, "newString": f"{old}.strip('-')"}
    notes = {"filePath": f"{source}/notes.md", "content": "Blanks at the end became dashes.\n"}
    edits = ("functions.edit:6", "functions.edit:7")
    verify = "verifier/verify.py"
    pair, check, hang = "code-agent/pair.py", "code-agent/check.py", "code-agent/hang.py"
    return Turn(
        "main",
        "main",
        (
            step(load("intent-router", "functions.skill:0"), says="First, what is wanted."),
            step(runs("intent-router/route.py", "main", "functions.bash:1", ROUTED)),
            step(load("code-agent", "  functions.skill:2"), says="Now the work."),
            step(load("no-such-skill", "functions.skill:3", "failed")),
            step(Call("todowrite", {"todos": _todos()}, "functions.todowrite:4")),
            step(Call("read", {"filePath": slug}, "functions.read:5")),
            step(Call("edit", wrong, "functions.edit:6", "failed")),
            step(Call("edit", right, "functions.edit:7")),
            step(runs("code-agent/change.py", "main", "  functions.bash:8", CHANGED, *edits)),
            step(
                runs(pair, "main", "functions.bash:9", ITERATED, "a", "b", overlaps=True),
                runs(pair, "main", "functions.bash:10", ITERATED, "b", "a", overlaps=True),
                says="Both halves at once.",
            ),
            step(runs(check, "main", "functions.bash:11", ITERATED, outcome="failed")),
            step(
                runs(
                    hang,
                    "main",
                    "functions.bash:12",
                    LEFT_OPEN,
                    "slow",
                    outcome="timed_out",
                    timeout_ms=TIMEOUT_MS,
                )
            ),
            step(Call("code_search", {"query": "slug"}, "functions.code_search:13", "invalid")),
            step(Call("write", notes, "functions.write:14")),
            step(load("verifier", "functions.skill:15")),
            step(runs(verify, "main", "functions.bash:16", LOOPED, "1", "more")),
            step(runs(verify, "main", "functions.bash:17", LOOPED, "2", "more")),
            step(runs(verify, "main", "functions.bash:18", ITERATED, "3", "last")),
            step(task("child", "functions.task:19"), says="The long text is for another."),
            step(task("left", "functions.task:20"), task("right", "functions.task:21")),
            step(says="Done: the slug has no dashes at its ends."),
        ),
    )


def _todos() -> list[dict[str, str]]:
    states = {"find the fault": "completed", "change the code": "completed", "tell": "pending"}
    return [
        {"id": str(number), "content": content, "status": status, "priority": "high"}
        for number, (content, status) in enumerate(states.items(), 1)
    ]


def _subagents() -> Iterator[Turn]:
    chunks = (STARTED, *["rlm_chunk"] * 10, FINISHED)
    yield Turn(
        "child",
        "child",
        (
            step(load("rlm-processing", "functions.skill:0")),
            step(runs("rlm-processing/chunks.py", "child", "functions.bash:1", chunks)),
            step(says="Read."),
        ),
        subagent=True,
    )
    for name, partner in (("left", "right"), ("right", "left")):
        marks = (f"child-{name}", f"child-{partner}")
        pair = runs("code-agent/pair.py", name, "functions.bash:0", ITERATED, *marks, overlaps=True)
        yield Turn(name, name, (step(pair), step(says="Checked.")), subagent=True)


def _again() -> Turn:
    """A later process in the same session: its plugin has not seen the skill being loaded."""
    judged = ("label", "label", "iteration")
    return Turn(
        "again",
        "main",
        (
            step(runs("intent-router/judge.py", "main", "functions.bash:22", judged)),
            step(says="Both are labelled."),
        ),
        continues="main",
    )


def _second(source: str) -> Turn:
    """Another session, in which the model numbers its calls from the start again."""
    notes = {"filePath": f"{source}/open.md", "content": "Not yet safe.\n"}
    return Turn(
        "second",
        "second",
        (
            step(load("verifier", "functions.skill:0")),
            step(runs("verifier/give_up.py", "second", "functions.bash:1", GAVE_UP)),
            step(Call("write", notes, "functions.write:2")),
            step(says="I give up."),
        ),
    )


def _patched() -> Turn:
    """OpenCode offers `apply_patch` instead of `edit` to a GPT."""
    wrong = ["*** Update File: src/slug.py", "@@", "-no such line", "+another"]
    right = ["*** Add File: src/dates.py", '+"""Nothing yet."""']
    patched = (STARTED, "edit_format", "edit_format", FINISHED)
    return Turn(
        "patched",
        "patched",
        (
            step(load("code-agent", "call_a0")),
            step(Call("apply_patch", _patch(wrong), "call_a1", "failed")),
            step(Call("apply_patch", _patch(right), "call_a2")),
            step(runs("code-agent/patch.py", "patched", "call_a3", patched, "call_a1", "call_a2")),
            step(says="Patched."),
        ),
        model="mock/gpt-5",
    )


def _patch(lines: list[str]) -> dict[str, str]:
    return {"patchText": "\n".join(["*** Begin Patch", *lines, "*** End Patch"])}


def _forked() -> Turn:
    """Begins with copies of all that happened in the main session, under the same call ids."""
    return Turn(
        "forked",
        "forked",
        (
            step(load("verifier", "functions.skill:23")),
            step(runs("verifier/give_up.py", "forked", "functions.bash:24", GAVE_UP)),
            step(says="Another way of it."),
        ),
        continues="main",
        fork=True,
    )


def _killed() -> Turn:
    hang = "code-agent/hang.py"
    return Turn(
        "killed",
        "killed",
        (
            step(load("code-agent", "functions.skill:0")),
            step(runs(hang, "killed", "functions.bash:1", LEFT_OPEN, "killed", outcome="running")),
        ),
        killed_at="killed.running",
    )
