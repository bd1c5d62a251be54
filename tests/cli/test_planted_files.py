"""Files that a cloned project may bring: nothing waits for them, and none fills the memory."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.opencode import installed
from tachikoma_telemetry.opencode.installed import find_installed
from tachikoma_telemetry.opencode.jsonc import without_comments
from tachikoma_telemetry.project import journal_path
from tachikoma_telemetry.regular_file import read_head, read_plain

from ..command_line import assert_refused, run_process
from ..merging import merge_project
from ..opencode_rows import START, Rows

SKILL = "---\nname: {}\ndescription: x\n---\n"
# Of what must not be waited for; so long only when something is.
PATIENCE = 60


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


PLANTED = pytest.mark.parametrize("plant", [_fifo, _endless, _folder])


@pytest.fixture
def merged(project: Path, tmp_path: Path) -> Path:
    """A project with a store."""
    rows = Rows(tmp_path / "opencode.db", project)
    rows.call(rows.session(), "bash", "call_1", at=START + 100)
    (project / ".opencode" / "telemetry").mkdir()
    merge_project(project, rows.close())
    return project


@pytest.mark.slow
@PLANTED
@pytest.mark.parametrize(
    "place",
    [
        "opencode.json",
        "opencode.jsonc",
        ".opencode/opencode.json",
        ".opencode/skills/x/SKILL.md",
        ".opencode/plugin/tachikoma-telemetry.ts",
    ],
)
def test_what_is_no_file_is_not_read(
    merged: Path, place: str, plant: Callable[[Path], None]
) -> None:
    """Reports and `doctor` go on as if it were not there."""
    path = merged / place
    path.parent.mkdir(parents=True, exist_ok=True)
    plant(path)

    for command in (("report", "unused", "--no-merge"), ("doctor",)):
        result = run_process(*command)
        assert 0 == result.returncode, result.stderr


@pytest.mark.slow
@PLANTED
@pytest.mark.parametrize("name", ["metrics.json", "metrics.legacy.json", "metrics-1-a.json"])
def test_a_journal_that_is_no_file(
    project: Path, tmp_path: Path, name: str, plant: Callable[[Path], None]
) -> None:
    """A merge says so in one sentence, or does without it; it does not wait."""
    rows = Rows(tmp_path / "opencode.db", project)
    rows.call(rows.session(), "bash", "call_1", at=START + 100)
    journal_path(project).parent.mkdir()
    path = journal_path(project).parent / name
    plant(path)

    try:
        result = run_process("merge", "--db", rows.close())
    finally:
        (path.rmdir if path.is_dir() else path.unlink)()

    assert result.returncode in (0, 1)
    assert "Traceback" not in result.stderr
    if result.returncode:
        assert_refused(result, name)


@pytest.mark.slow
@PLANTED
def test_limits_that_are_no_file(merged: Path, plant: Callable[[Path], None]) -> None:
    """`--check` without its limits would pass what it should not: it is an error."""
    plant(merged / ".opencode" / "telemetry" / "config.toml")
    assert_refused(run_process("report", "--check", "--no-merge"), "config.toml")


@pytest.mark.slow
@pytest.mark.parametrize("plant", [_fifo, _endless])
def test_a_database_that_is_no_file(project: Path, plant: Callable[[Path], None]) -> None:
    """It is named, and not waited for."""
    plant(project / "opencode.db")
    assert_refused(run_process("merge", "--db", "opencode.db"), "opencode.db", "no regular file")


def test_a_file_is_read_as_far_as_it_may_be_long(tmp_path: Path) -> None:
    """A longer one is refused, or its beginning is enough."""
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert b"12345" == read_plain(path, 5)
    assert b"1234" == read_head(path, 4)
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_plain(path, 4)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "y", 4)


def test_a_link_to_everything_is_not_followed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to a folder above is not followed, and of another place only so much is looked at."""
    skills = project / ".opencode" / "skills"
    (skills / "mine").mkdir(parents=True)
    (skills / "mine" / "SKILL.md").write_text(SKILL.format("mine"))
    (skills / "all").symlink_to("/")
    (skills / "up").symlink_to(project)
    elsewhere = project / "elsewhere"
    for number in range(30):
        folder = elsewhere / f"{number:02}"
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(SKILL.format(f"far-{number:02}"))
    (skills / "other").symlink_to(elsewhere)
    looked_at: list[str] = []
    entries = installed._entries

    def noted(folder: str) -> list[os.DirEntry[str]]:
        looked_at.append(folder)
        return entries(folder)

    monkeypatch.setattr(installed, "_entries", noted)
    monkeypatch.setattr(installed, "_FOLDERS_MAX", 10)

    found = [each.skill for each in find_installed(project, project.parent / "home")]

    assert ["far-00", "mine"] == sorted(found)[:1] + sorted(found)[-1:]
    assert not [each for each in looked_at if "/all" in each or "/up" in each]
    assert len([each for each in looked_at if each.startswith(str(skills))]) <= 10


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, // one\n "b": [1, 2, /* two */ ], }', {"a": 1, "b": [1, 2]}),
        ('{"a": "// no comment, ]", "b": "/* nor this */"}', None),
        ('{"a": "\\"// no, ]\\\\", /**/ /***/ "b": "," /* , */ , // }\n}', None),
        ("[1, /* a */ // b\n ]", [1]),
        ("[/]", ...),
        ('{"a": "', ...),
        ("[1] /* no end", ...),
        ("[1] ,", ...),
        ("[1 / 2]", ...),
    ],
)
def test_json_with_comments_is_read(text: str, value: object) -> None:
    """Comments and last commas go, texts stay; what is no JSON does not become any."""
    if value is ...:
        with pytest.raises(ValueError, match=r"."):
            json.loads(without_comments(text))
        return
    found = json.loads(without_comments(text))
    if value is not None:
        assert value == found
    else:
        slow = re.sub(
            r",(?=\s*[}\]])",
            "",
            re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda m: m[1] or " ", text),
        )
        assert json.loads(slow).keys() == found.keys()


@pytest.mark.parametrize(
    "piece", ["/*", '"', "/* *", '"\\', "//", ",", "{env:", ", ", "/**/,", "[1,"]
)
def test_no_configuration_takes_more_than_its_length(piece: str) -> None:
    """Each character is looked at once: 200 kB of anything are read in a moment.

    The patterns that were here before would take many minutes, not a moment.
    """
    without_comments(piece * (200_000 // len(piece)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "content"),
    [
        (".opencode/telemetry/config.toml", "x = " + "[" * 100_000),
        ("opencode.json", "[" * 100_000),
        ("opencode.json", '{"skills":' * 50_000),
        (".opencode/telemetry/metrics.legacy.json", '{"a":' * 100_000),
    ],
)
def test_deep_nesting_is_damage(merged: Path, place: str, content: str) -> None:
    """It is read as damage."""
    (merged / place).write_text(content)

    result = run_process("report", "--check", "--no-merge")

    if "config.toml" in place:
        assert_refused(result, "config.toml")
    else:
        assert 0 == result.returncode, result.stderr
        assert 0 == run_process("report", "unused").returncode


def _event(name: str, time: int, more: str = "1") -> str:
    return f'{{"id":"{name}","type":"retry","time":{time},"attempt":1,"attributes":{{"x":{more}}}}}'


@pytest.mark.slow
def test_a_deep_line_of_a_journal_is_counted_as_damage(project: Path) -> None:
    """Lines before and behind count, the deep one is counted as damage."""
    journal = project / "metrics.json"
    deep = _event("d", START, "[" * 90_000 + "]" * 90_000)
    lines = (_event("a", START), deep, _event("b", START + 1))
    head = '{"schema":"tachikoma.metrics/1","created":1,"events":[\n'
    journal.write_text(head + "\n,".join(lines) + "\n]}\n")

    result = run_process("merge", "--metrics", journal)

    assert 0 == result.returncode, result.stderr
    assert "0 of 2 events" in result.stderr
    assert "1 malformed row skipped" in result.stderr


@pytest.mark.slow
def test_a_deep_line_of_a_spill_is_set_aside(project: Path, tmp_path: Path) -> None:
    """What is no event is set aside, the others are taken in."""
    telemetry.retry("x")
    spill = journal_path(project).parent / "metrics-spill-1-2-a.jsonl"
    deep = "[" * 100_000
    spill.write_text("\n".join((_event("a", START), deep, _event("b", START + 1), "")))

    result = run_process("merge", "--db", Rows(tmp_path / "opencode.db", project).close())

    assert 0 == result.returncode, result.stderr
    assert "0 of 3 events" in result.stderr


@pytest.mark.slow
def test_deep_values_in_opencode_s_rows_are_malformed(project: Path, tmp_path: Path) -> None:
    """They are malformed, and the others are read."""
    rows = Rows(tmp_path / "opencode.db", project)
    session = rows.session()
    rows.call(session, "bash", "c1", at=START + 1)
    message = rows.message(session, at=START + 2)
    rows.part(message, session, '{"type":"tool","x":' + "[" * 90_000 + "]" * 90_000 + "}", at=START)

    result = run_process("merge", "--db", rows.close())

    assert 0 == result.returncode, result.stderr
    assert "1 session, 1 call" in result.stderr
    assert "1 malformed row skipped" in result.stderr
