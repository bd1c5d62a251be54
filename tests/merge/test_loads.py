"""Which skill a call loaded, and which version of it."""

from __future__ import annotations

from pathlib import Path

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows

SKILL = '<skill_content name="x">\n# x\nBase directory for this skill: {base}\nDo it.\n'


def _load(database: Rows, session: str, at: int, text: str) -> None:
    given = {"name": "x"}
    database.call(session, "skill", f"call_{at}", at=START + at, given=given, output=text)


def test_the_same_text_is_the_same_version(project: Path, tmp_path: Path) -> None:
    """The same text is the same version wherever it lies; another text is another one."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    files = "<skill_files>\n<file>/srv/{}/x.py</file>\n</skill_files>\n"
    texts = [
        SKILL.format(base="/srv/a") + files.format("a"),
        SKILL.format(base="file:///home/b") + files.format("b"),
        SKILL.format(base="/srv/a") + "One more line.\n",
    ]
    for number, text in enumerate(texts):
        _load(database, session, 100 + number * 100, text)

    merge_project(project, database.close())

    versions = rows(project, "SELECT skill_version FROM skill_metrics ORDER BY started")
    assert versions[0] == versions[1] != versions[2]
    assert [len(texts[0])] == rows(
        project, "SELECT context_chars FROM skill_metrics ORDER BY started LIMIT 1"
    )


def test_versions_of_a_skill_that_was_cut(project: Path, tmp_path: Path) -> None:
    """Of 50 kB of a skill the model sees the beginning, and is told where the rest is: in another
    file each time, and what to do with it depends on the agent's tools.
    """
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    text = '<skill_content name="x">\n# Skill: x\n\n' + "Do the work.\n" * 1999
    cut = "\n\n...{} truncated...\n\nThe tool call succeeded but the output was truncated. "
    saved = "Full output saved to: {}/opencode/tool-output/tool_{}\nUse {}"
    endings = [
        cut.format("68011 bytes") + saved.format("/home/a", "208a629fa001", "the Task tool to …"),
        cut.format("68016 bytes") + saved.format("/srv/b b", "208a62a98001", "Grep to search …"),
        "\n\n...3 lines truncated...\n\nBe precise.",
    ]
    for number, ending in enumerate(endings):
        _load(database, session, 100 + number * 100, text + ending)

    merge_project(project, database.close())

    versions = rows(project, "SELECT skill_version FROM skill_metrics ORDER BY started")
    assert versions[0] == versions[1] != versions[2]


def test_a_load_by_the_skills_plugin_ends_no_window(project: Path, tmp_path: Path) -> None:
    """The plugin opencode-skills 0.1.7 brings a skill's text in two messages that it writes itself:
    they end no window and are no reading. Its tool's name is not the skill's, its output no text.
    """
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    person = database.user(session, at=START + 1)
    at = START + 100
    database.call(
        session, "skills_code_agent", "c1", at=at, ms=20, output="Launching skill: code-agent"
    )
    for number, text in enumerate((
        'The "code-agent" skill is loading\ncode-agent',
        "Base directory for this skill: /srv/a/skills/code-agent\n\n# Code\nDo the work.",
    )):  # fmt: skip
        database.user(session, at=at + 3 + number, text=text)
    database.call(session, "bash", "c2", at=START + 200)
    again = database.user(session, at=START + 900, text='Why "The "x" skill is loading"?')

    merge_project(project, database.close())

    assert [("code-agent", None, None, 1)] == rows(
        project, "SELECT skill, skill_version, context_chars, tool_calls FROM skill_metrics"
    )
    assert [(person, None), (again, None)] == rows(
        project, "SELECT message_id, read_skill FROM messages WHERE opens_turn = 1 ORDER BY created"
    )


def test_other_tools_with_skill_in_their_name(project: Path, tmp_path: Path) -> None:
    """`skill` and a skills plugin's `skills_x` load; `myskill_tool` and `list_skills` do not."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    for number, tool in enumerate(("myskill_tool", "list_skills", "skills_review")):
        database.call(session, tool, f"c{number}", at=START + 100 * (number + 1), output="text")

    merge_project(project, database.close())

    assert ["review"] == rows(project, "SELECT skill FROM skill_metrics")


def test_a_load_says_who_loaded_the_skill(project: Path, tmp_path: Path) -> None:
    """The model, a user by a ``/skill`` command, or the model of a subagent: one version."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    body = "# Plan\n\nThink first."
    base = "Base directory for this skill: /srv/a/skills/plan\n"
    database.user(session, at=START + 1, text=f"{body}\n\n{base}go on")
    text = f'<skill_content name="plan">\n# Skill: plan\n\n{body}\n\n{base}</skill_content>'
    child = database.session(parent=session)
    for number, each in enumerate((session, child)):
        given = {"name": "plan"}
        database.call(each, "skill", f"c{number}", at=START + 9 + number, given=given, output=text)

    merge_project(project, database.close())

    assert [(None, "user"), ("skill", "model"), ("skill", "nested")] == rows(
        project, "SELECT tool, trigger FROM calls ORDER BY started"
    )
    assert 1 == len({*rows(project, "SELECT skill_version FROM calls")})
    assert [len(f"{body}\n\n{base}go on"), len(text), len(text)] == rows(
        project, "SELECT context_chars FROM calls ORDER BY started"
    )
