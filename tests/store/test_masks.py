"""No credential enters the store, by whatever text it comes; what is there already is masked."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.vocabulary.events import EVENT_TYPES

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows

SECRET = "sk-proj-" + "a1B2" * 12
# What is left of it once each number is a `#`.
WITHOUT_DIGITS = "sk-proj-" + "a#B#" * 12


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Rows:
    """OpenCode's database, with the secret in every text that the store keeps something of."""
    rows_of = Rows(tmp_path / "opencode.db", project)
    session = rows_of.session("ses_a", title=f"Use {SECRET} now")
    said = rows_of.message(
        session, at=START, model=f"zai/{SECRET}", agent=SECRET, error={"name": SECRET}
    )
    for number, error in enumerate(
        (
            f"Incorrect API key provided: {SECRET}.",
            f"Error: {SECRET}",
            "x" * 110 + f" {SECRET}",
            f"401 from https://me:hunter2{SECRET}@example.org",
        )
    ):
        at = START + 10 + number
        rows_of.call(session, "webfetch", f"f{number}", at=at, status="error", error=error)
    rows_of.call(session, SECRET, SECRET, at=START + 20, message=said)
    rows_of.call(session, "skill", "s", at=START + 21, given={"name": SECRET}, output="# A skill")
    rows_of.call(session, "read", "r", at=START + 22, given={"filePath": f"/x/{SECRET}/SKILL.md"})
    rows_of.call(session, "invalid", "i", at=START + 23, given={"tool": SECRET, "error": "x"})
    words = f"# Skill\nBase directory for this skill: /x/{SECRET}"
    rows_of.user(session, at=START + 30, text=words)
    return rows_of


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal that another program wrote, with the secret in every text of every event."""
    envelope = ("run_id", "skill", "session_id", "call_id", "skill_call_id", "model", "agent")
    values = {"text": SECRET, "texts": [SECRET], "scores": {SECRET: 1}}
    events = [
        {
            "id": f"e{number} {SECRET}",
            "type": kind,
            "time": START + 40 + number,
            **dict.fromkeys(envelope, SECRET),
            **{
                name: values[field.kind]
                for name, field in known.fields.items()
                if field.kind in values
            },
            "attributes": {SECRET: SECRET},
        }
        for number, (kind, known) in enumerate(EVENT_TYPES.items())
    ]
    path = tmp_path / "elsewhere" / "metrics.json"
    path.parent.mkdir()
    body = ",".join(json.dumps(event) + "\n" for event in events)
    path.write_text(f'{{"schema":"tachikoma.metrics/1","created":{START},"events":[\n{body}]}}\n')
    legacy = {
        "skills": {SECRET: {"invocations": 1}},
        "edits": {SECRET: {SECRET: {"attempts": 1, "successes": 1}}},
        "rlm": {},
        "intents": {SECRET: {"count": 1}},
        "created_at": SECRET,
    }
    path.with_name("metrics.legacy.json").write_text(json.dumps(legacy))
    return path


def _whole(store: Path) -> str:
    connection = sqlite3.connect(store)
    try:
        return "\n".join(connection.iterdump())
    finally:
        connection.close()


def test_no_text_brings_a_credential(project: Path, database: Rows, journal: Path) -> None:
    """Neither titles, errors, models, agents, tools, names nor the fields of events."""
    merge_project(project, database.close(), journals=[journal])

    whole = _whole(store_path(project))
    assert len(EVENT_TYPES) == len(rows(project, "SELECT 1 FROM events"))
    assert [] == [line for line in whole.splitlines() if "a1B2" in line or "a#B#" in line]
    assert "hunter" not in whole
    assert ["Use [masked] now"] == rows(project, "SELECT title FROM sessions")
    reasons = rows(project, "SELECT reason FROM calls WHERE tool = 'webfetch' ORDER BY call_id")
    assert ["Incorrect API key provided: [masked].", "[masked]"] == reasons[:2]


@pytest.mark.parametrize("gone", [True, False], ids=["sources gone", "sources there"])
def test_a_rebuild_masks_what_is_there(
    project: Path, database: Rows, journal: Path, gone: bool
) -> None:
    """Rows that came in under earlier rules are masked, also where nothing else is left of them."""
    path = database.close()
    merge_project(project, path, journals=[journal])
    right = contents(project)
    store = sqlite3.connect(store_path(project))
    for table, column in (
        *(("sessions", "title"), ("messages", "model"), ("messages", "agent"), ("calls", "tool")),
        *(("calls", "skill"), ("events", "skill"), ("events", "body"), ("events", "model")),
        ("legacy_metrics", "name"),
    ):
        store.execute(f"UPDATE {table} SET {column} = replace({column}, '[masked]', ?)", [SECRET])
    store.execute("UPDATE calls SET reason = replace(reason, '[masked]', ?)", [WITHOUT_DIGITS])
    store.commit()
    store.close()
    assert SECRET in _whole(store_path(project))
    if gone:
        for each in (path, journal, journal.with_name("metrics.legacy.json")):
            each.unlink()

    merge(
        MergeRequest(
            store=store_path(project),
            root=project,
            journals=[] if gone else [journal],
            databases=[] if gone else [path],
            rebuild=True,
        )
    )

    whole = _whole(store_path(project))
    assert [] == [line for line in whole.splitlines() if "a1B2" in line or "a#B#" in line]
    if not gone:
        assert right == contents(project)
