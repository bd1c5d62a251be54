"""Whoever merges the sessions of every folder gets what was recorded there as well."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.merge.merge import MergeRequest, Summary, merge
from tachikoma_telemetry.project import journal_path, store_path

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows


def _record(root: Path, monkeypatch: pytest.MonkeyPatch, session: str, skill: str) -> None:
    monkeypatch.setenv("TACHIKOMA_PROJECT", str(root))
    monkeypatch.setenv("TACHIKOMA_SESSION_ID", session)
    monkeypatch.setenv("TACHIKOMA_CALL_ID", "call_1")
    with telemetry.skill_run(skill):
        pass
    for name in ("PROJECT", "SESSION_ID", "CALL_ID"):
        monkeypatch.delenv(f"TACHIKOMA_{name}")


@pytest.fixture
def worktrees(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two worktrees of one repository, each with a session, a subfolder and a recorded run."""
    other = tmp_path / "worktree"
    other.mkdir()
    (other / ".git").write_text("gitdir: elsewhere")
    (other / "deep").mkdir()
    database = Rows(tmp_path / "opencode.db", project)
    for number, (root, folder) in enumerate(((project, project), (other, other / "deep"))):
        session = database.session(f"ses_{number}", directory=str(folder))
        database.call(session, "bash", "call_1", at=START + 1000)
        _record(root, monkeypatch, session, f"skill-{number}")
    database.close()
    return [project, other]


def _merge_all(root: Path, database: Path, **request: object) -> Summary:
    return merge_project(root, database, all_projects=True, **request)  # type: ignore[arg-type]


def _merge_in(root: Path, tmp_path: Path) -> Summary:
    """As `merge --all-projects` in that folder."""
    return merge(
        MergeRequest(
            store=store_path(root),
            root=root,
            journals=[journal_path(root)],
            databases=[tmp_path / "opencode.db"],
            all_projects=True,
        )
    )


RUNS = "SELECT skill, session_id FROM skill_metrics WHERE kind = 'run' ORDER BY skill"


def test_the_journals_of_all_folders_are_read(worktrees: list[Path], tmp_path: Path) -> None:
    """Runs of both worktrees are in one store, each joined to its call; twice changes nothing."""
    root, other = worktrees

    summary = _merge_in(root, tmp_path)

    assert [("skill-0", "ses_0"), ("skill-1", "ses_1")] == rows(root, RUNS)
    assert (4, []) == (summary.matches["exact"], summary.warnings)
    projects = rows(root, "SELECT DISTINCT project FROM events ORDER BY 1")
    assert sorted(map(str, worktrees)) == projects
    before = contents(root)
    assert 0 == _merge_in(root, tmp_path).new_events
    assert before == contents(root)
    # From the other worktree it is the same history.
    _merge_in(other, tmp_path)
    assert rows(root, RUNS) == rows(other, RUNS)


def test_without_the_option_only_the_own_journal_is_read(
    worktrees: list[Path], tmp_path: Path
) -> None:
    """A merge of one project is of that project."""
    root = worktrees[0]
    merge(
        MergeRequest(
            store=store_path(root),
            root=root,
            journals=[journal_path(root)],
            databases=[tmp_path / "opencode.db"],
        )
    )
    assert [("skill-0", "ses_0")] == rows(root, RUNS)


def test_named_journals_are_the_ones_that_are_read(worktrees: list[Path], tmp_path: Path) -> None:
    """`--metrics` chooses; what it leaves out is named, with the option that adds it."""
    root, other = worktrees
    database = tmp_path / "opencode.db"

    summary = _merge_all(root, database, journals=[journal_path(root)])

    assert [("skill-0", "ses_0")] == rows(root, RUNS)
    assert [f"{journal_path(other)} was not read: --metrics adds it"] == summary.warnings
    both = [journal_path(root), journal_path(other)]
    assert [] == _merge_all(root, database, journals=both).warnings
    assert 2 == len(rows(root, RUNS))


def test_a_damaged_journal_of_another_project_stops_nothing(
    worktrees: list[Path], tmp_path: Path
) -> None:
    """It is named in a warning, and all the others are read."""
    root, other = worktrees
    journal_path(other).write_text("this is no journal")

    summary = _merge_in(root, tmp_path)

    assert [("skill-0", "ses_0")] == rows(root, RUNS)
    (warning,) = summary.warnings
    assert str(journal_path(other)) in warning


def test_another_users_journal_is_only_named(
    worktrees: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in a folder of somebody else is read only by whoever names it."""
    root, other = worktrees
    stat = os.stat
    foreign = str(journal_path(other).parent)

    def owned(path: object, *args: object, **named: object) -> os.stat_result:
        status = stat(path, *args, **named)  # type: ignore[arg-type]
        if str(path) != foreign:
            return status
        return os.stat_result((*status[:4], status.st_uid + 1, *status[5:10]))

    monkeypatch.setattr(os, "stat", owned)

    summary = _merge_in(root, tmp_path)

    # The own one was asked for.
    assert [("skill-0", "ses_0")] == rows(root, RUNS)
    (warning,) = summary.warnings
    assert warning.startswith(f"{journal_path(other)} is another user's")


def test_folders_that_are_gone_are_passed_over(worktrees: list[Path], tmp_path: Path) -> None:
    """Their sessions are taken, and there is nothing else to take."""
    root, other = worktrees
    other.rename(tmp_path / "moved")

    summary = _merge_in(root, tmp_path)

    assert (2, []) == (summary.sessions, summary.warnings)
    assert [("skill-0", "ses_0")] == rows(root, RUNS)
