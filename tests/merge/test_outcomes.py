"""What a call came to, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows

# What 1.14 and 1.18 append when a person stops a command, and 1.18 when it takes too long.
STOPPED = "so far\n\n<shell_metadata>\nUser aborted the command\n</shell_metadata>"
TOO_LONG = (
    "so far\n<shell_metadata>\nshell tool terminated command after exceeding timeout 300 ms. "
    "If this command is expected to take longer, retry with a larger timeout\n</shell_metadata>"
)
TIMEOUT = "partial output\n<bash_metadata>\nbash tool terminated command after exceeding timeout"

# The end of a long output in 1.2.
CUT: dict[str, Any] = {
    "metadata": {"exit": None, "truncated": True},
    "output": "much\n\n...7006 lines truncated...\n\nThe tool call succeeded but the output was "
    "truncated. Full output saved to: /x/tool-output/tool_208c05ef9001\nUse Grep to search it.",
}
# What 1.18 says to a model that left something out; 1.2 puts "Error: " before it.
REFUSED = "The {} tool was called with invalid arguments: SchemaError(Missing key\n  at [...])."
REJECTED = "The user rejected permission to use this specific tool call."
FORBIDDEN = "The user has specified a rule which prevents you from using this specific tool call."
# What a model was told whose arguments broke off.
NO_JSON = (
    'JSON parsing failed: Text: {"filePath": "/a.txt", "content": "the launch codes.\n'
    "Error message: JSON Parse error: Unterminated string"
)


@pytest.mark.parametrize(
    ("tool", "call", "outcome", "reason"),
    [
        ("bash", {"metadata": {"exit": 0}}, "succeeded", None),
        ("bash", {"metadata": {"exit": 3}}, "failed", "exit 3"),
        ("bash", {"metadata": {"exit": None}, "output": TIMEOUT}, "timed_out", "timeout"),
        ("bash", {"metadata": {"exit": None}, "output": TOO_LONG}, "timed_out", "timeout"),
        ("bash", {"metadata": {"exit": None}, "output": STOPPED}, "cancelled", "aborted"),
        ("bash", {"metadata": {"exit": 1}, "output": STOPPED}, "failed", "exit 1"),
        ("bash", {"metadata": {"exit": None}}, "failed", "no exit code"),
        # 1.2 cuts its own words off with a long output: the time tells.
        ("bash", {**CUT, "given": {"timeout": 1500}, "ms": 1639}, "timed_out", "timeout"),
        ("bash", {**CUT, "ms": 120_004}, "timed_out", "timeout"),
        ("bash", {**CUT, "given": {"timeout": "soon"}, "ms": 119_000}, "failed", "no exit code"),
        ("bash", {**CUT, "ms": None}, "failed", "no exit code"),
        # The words of a command are not those of OpenCode.
        (
            "bash",
            {"metadata": {"exit": None}, "output": "make: *** aborted"},
            "failed",
            "no exit code",
        ),
        # A command that a person typed into OpenCode's prompt has no exit code at all.
        ("bash", {"metadata": {}}, "succeeded", None),
        ("read", {}, "succeeded", None),
        ("edit", {"status": "error", "error": "oldString not found in content"}, "failed", None),
        ("edit", {"status": "failed", "error": "TypeError: x is 3"}, "failed", "TypeError"),
        ("edit", {"status": "error", "error": "Error: File /a/b.py is gone"}, "failed", None),
        (
            "bash",
            {"status": "error", "error": "Tool execution aborted"},
            "cancelled",
            "aborted",
        ),
        (
            "bash",
            {"status": "error", "error": "x", "metadata": {"interrupted": True}},
            "cancelled",
            "aborted",
        ),
        # 1.2 says no more than this, and sets the start to the end.
        (
            "bash",
            {"status": "error", "error": "Tool execution aborted", "ms": 0},
            "cancelled",
            None,
        ),
        # So 1.18 says it of a subagent.
        ("task", {"status": "error", "error": "Task cancelled"}, "cancelled", "aborted"),
        # A person was asked, and said no: nothing was tried.
        ("read", {"status": "error", "error": REJECTED}, "cancelled", "rejected"),
        ("edit", {"status": "error", "error": f"Error: {REJECTED}"}, "cancelled", "rejected"),
        (
            "bash",
            {
                "status": "error",
                "error": f"{REJECTED[:-1]} with the following feedback: no, you fool",
            },
            "cancelled",
            "rejected",
        ),
        (
            "question",
            {"status": "error", "error": "The user dismissed this question"},
            "cancelled",
            "rejected",
        ),
        # A rule of the configuration is nobody's change of mind.
        ("bash", {"status": "error", "error": FORBIDDEN}, "failed", None),
        ("invalid", {"given": {"tool": "edit"}}, "invalid", "unavailable tool"),
        (
            "invalid",
            {"given": {"tool": "edit", "error": f"Invalid input for tool edit: {NO_JSON}"}},
            "invalid",
            "invalid arguments",
        ),
        ("my_Tool", {"status": "error", "error": REFUSED.format("my_Tool")}, "invalid", None),
        (
            "bash",
            {"status": "error", "error": f"Error: {REFUSED.format('bash')}"},
            "invalid",
            "invalid arguments",
        ),
        ("bash", {"status": "running", "ms": None}, "running", None),
        ("bash", {"status": "pending", "ms": None}, "running", None),
    ],
)
def test_status_exit_code_and_error_say_how_a_call_ended(
    project: Path, tmp_path: Path, tool: str, call: dict[str, Any], outcome: str, reason: str | None
) -> None:
    """Status, exit code and error text together say how a call ended."""
    database = Rows(tmp_path / "opencode.db", project)
    database.call(database.session(), tool, "call_1", at=START + 100, **call)

    merge_project(project, database.close())

    ((found, why, named),) = rows(project, "SELECT outcome, reason, tool FROM calls")
    assert outcome == found
    assert reason is None or reason == why
    assert ("edit" if tool == "invalid" else tool) == named


def test_a_reason_holds_no_path(project: Path, tmp_path: Path) -> None:
    """The reason kept of an error is its kind; file names and quoted texts are not kept."""
    database = Rows(tmp_path / "opencode.db", project)
    error = 'File /home/me/secret/plan.txt line 12: "launch codes" not found'
    session = database.session()
    database.call(session, "read", "c", at=START + 100, status="error", error=error)

    merge_project(project, database.close())

    (reason,) = rows(project, "SELECT reason FROM calls")
    assert "not found" in reason
    assert not any(word in reason for word in ("home", "secret", "plan", "launch", "12"))


@pytest.mark.parametrize("given", [{}, '{"filePath": ', {"value": '{"filePath": '}])
def test_a_capital_letter_and_arguments_that_are_no_json(
    project: Path, tmp_path: Path, given: Any
) -> None:
    """OpenCode takes "Write" for `write`; with broken arguments it is stored as it was called.

    As `invalid` naming `write` is: an attempt of that tool that failed, and nothing of its text.
    """
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    error = f"Invalid input for tool write: {NO_JSON}"
    database.call(session, "Write", "c1", at=START + 100, status="error", error=error, given=given)

    merge_project(project, database.close())

    assert [("write", "invalid", "invalid arguments")] == rows(
        project, "SELECT tool, outcome, reason FROM calls"
    )
    assert [("whole", 0)] == rows(project, "SELECT format, success FROM edit_metrics")
