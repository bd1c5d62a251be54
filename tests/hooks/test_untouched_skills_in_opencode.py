"""Three skills of Tachikoma's shape in each real OpenCode: as they are, and with two lines each."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store.store import read_store
from tests.scripted.fixtures import BeginSession, Session
from tests.scripted.play import sessions
from tests.scripted.sandbox import bare_python
from tests.scripted.turn import bash, load, prompt, step

from ..merging import merge_project, rows

pytestmark = pytest.mark.opencode

_SCRIPT = """\
import json
import sys


def main():
    passed = "--broken" not in sys.argv
    print(json.dumps({"skill": "SKILL", "passed": passed}))
    return 0 if passed else 2


if __name__ == "__main__":
    CALLED
"""
_AS_IT_IS = "sys.exit(main())"
# The exit of a script says how its run ended.
_TWO_LINES = """from tachikoma_telemetry import telemetry
    with telemetry.skill_run("SKILL"):
        sys.exit(main())"""

_SCRIPTS = {
    "code-agent": "code-agent/run.py",
    "verifier-code-agent": "verifier-code-agent/scripts/verify.py",
    "cli-router": "cli-router.py",
}


def _install(project: Path, called: str) -> None:
    skills = project / ".opencode" / "skills"
    for skill, place in _SCRIPTS.items():
        script = skills / place
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(_SCRIPT.replace("CALLED", called).replace("SKILL", skill), "utf-8")
        if skill != "cli-router":
            text = f"---\nname: {skill}\ndescription: Works on code.\n---\nRun {place}.\n"
            (skills / skill / "SKILL.md").write_text(text, "utf-8")


def _steps(project: Path) -> list[Any]:
    """What the model does: six commands run a script, in four steps; two of them read one."""
    router = ".opencode/skills/cli-router.py"
    verify = f"{project}/.opencode/skills/verifier-code-agent/scripts/verify.py"
    return [
        step(bash(0, f"python {router} full 'fix the slug' --json")),
        step(load("code-agent", "functions.skill:1")),
        step(bash(2, "cat .opencode/skills/code-agent/run.py"), bash(3, f"ls -l {router}")),
        step(bash(4, "cd .opencode/skills/code-agent && DEPTH=2 python run.py --broken", "failed")),
        step(bash(5, "python ./.opencode/skills/code-agent/run.py"), bash(6, f"python {verify}")),
        step(bash(7, f"python {verify}; true"), bash(8, f"python {router} code | head")),
        step(says="Done."),
    ]


# Of each skill: runs that succeeded, failed, and of which no one can say it, for their calls ended
# as another command did; and the steps that ran it.
_RUNS = {
    "cli-router": ((1, 0, 1), (0, 5)),
    "code-agent": ((1, 1, 0), (3, 4)),
    "verifier-code-agent": ((1, 0, 1), (4, 5)),
}
_RATES = {"cli-router": 1, "code-agent": 0.5, "verifier-code-agent": 1}


def _skills(project: Path, **filters: Any) -> dict[str, Any]:
    with closing(read_store(store_path(project))) as store:
        report = reports.build(store, "skills", reports.Filters(**filters))
    return {row.skill: row for row in report.parts["skills"]}


def _rates(found: dict[str, Any]) -> dict[str, float]:
    return {skill: row.success_rate for skill, row in found.items()}


def _durations(database: Path, session: str) -> dict[str, int]:
    """How long each call of a session took, ms, as OpenCode 1.x has it."""
    found = {}
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        query = "SELECT data FROM part WHERE session_id = ?"
        for (text,) in connection.execute(query, (session,)):
            part = json.loads(text)
            if part["type"] == "tool":
                time = part["state"]["time"]
                found[part["callID"]] = time["end"] - time["start"]
    return found


def test_as_they_are_and_with_two_lines(begin_session: BeginSession, tmp_path: Path) -> None:
    """Without a line, calls are the runs; with two lines the runs are recorded ones, and no call is
    a second one.
    """
    session = begin_session(_steps(tmp_path / "project"))
    box = session.sandbox
    _install(box.project, _AS_IT_IS)
    session.run()
    merge_project(box.project, box.database)
    _check_untouched(session)

    session.server.scripts = {**session.server.scripts, "lines": _steps(box.project)}
    box.path = (bare_python(tmp_path / "bin"),)
    _install(box.project, _TWO_LINES)
    box.install()
    session.run(prompt("lines"))
    merge_project(box.project, box.database)
    _check_recorded(session)


def _check_untouched(session: Session) -> None:
    box = session.sandbox
    found = _skills(box.project)
    assert sorted(_RUNS) == sorted(found)
    for skill, (outcomes, steps) in _RUNS.items():
        row = found[skill]
        assert outcomes == (row.succeeded, row.failed, row.unfinished)
        assert 2 == row.runs == row.runs_from_calls
        used = [session.server.usage("test", number) for number in steps]
        assert sum(each.input - each.cached for each in used) == row.step_tokens_input
        assert sum(each.output for each in used) == row.step_tokens_output
    assert _RATES == _rates(found)
    took = _durations(box.database, sessions(box.database)["test"])
    assert [took[f"functions.bash:{number}"] for number in (0, 4, 5, 6, 7, 8)] == rows(
        box.project,
        "SELECT r.run_ms FROM skill_metrics r JOIN calls c USING (call_key) "
        "WHERE r.kind = 'run' ORDER BY c.call_id",
    )


def _check_recorded(session: Session) -> None:
    box = session.sandbox
    later = sessions(box.database)["lines"]
    found = _skills(box.project, session=later)
    assert _RATES == _rates(found)
    assert [(2, 0, None)] * 3 == [
        (row.runs, row.runs_from_calls, row.step_tokens_input) for row in found.values()
    ]
    assert _RATES == _rates(_skills(box.project, source="event"))
    assert [2, 2, 2] == [row.runs for row in _skills(box.project, source="call").values()]
    # 1.2.1 does not say which of two parallel calls runs a command; what it runs does.
    assert [f"functions.bash:{number}" for number in (0, 4, 5, 6, 7, 8)] == rows(
        box.project,
        "SELECT c.call_id FROM skill_metrics r JOIN calls c USING (call_key) "
        "WHERE r.kind = 'run' AND r.source = 'event' ORDER BY c.call_id",
    )
