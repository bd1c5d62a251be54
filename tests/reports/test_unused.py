"""The section `unused`: installed skills that nobody uses, and used ones that nobody measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import InstalledSkill, find_installed
from tachikoma_telemetry.reports.sections.unused.rows import UnusedRow

from ..reports_store import DAY, NOW, ReportsStore


def write(folder: Path, name: str, description: str | None = "What it is for.") -> Path:
    folder.mkdir(parents=True)
    path = folder / "SKILL.md"
    said = "" if description is None else f"description: {description}\n"
    path.write_text(f"---\nname: {name}\n{said}---\nThe text.\n", "utf-8")
    return path


def unused(store: ReportsStore, *names: str, **filters: str) -> dict[str, UnusedRow]:
    options = [reports.Installed([InstalledSkill(each, f"/{each}", 9) for each in names])]
    chosen = reports.Filters(**filters)  # type: ignore[arg-type]
    report = reports.build(store.connection, "unused", chosen, options=options, now_ms=NOW)
    return {row.skill: row for row in report.parts["unused"]}


# Which skills are installed: as `opencode debug skill` says (test_installed_in_opencode.py).


def test_skills_are_found_where_opencode_finds_them(tmp_path: Path) -> None:
    """In the project and in the home folder, at any depth; hidden ones only in other agents'."""
    root, home = tmp_path / "project", tmp_path / "home"
    folders = [
        root / ".opencode/skill/a",
        root / ".opencode/skills/deep/er/b",
        root / ".claude/skills/c",
        root / ".agents/skills/d",
        home / ".config/opencode/skill/e",
        home / ".config/opencode/skills/f",
        home / ".opencode/skills/g",
        home / ".claude/skills/h",
        home / ".agents/skills/i",
    ]
    for folder in folders:
        write(folder, folder.name)
    folders += [root / ".opencode/skills/node_modules/j", root / ".claude/skills/.hidden/k"]
    for folder in folders[-2:]:
        write(folder, folder.name)
    write(root / "skills/l", "l")
    write(root / ".opencode/skills/.hidden/m", "m")

    assert [(each.name, str(each / "SKILL.md")) for each in folders] == [
        (skill.skill, skill.path) for skill in find_installed(root, home)
    ]


def test_the_configuration_s_other_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CONFIG_HOME moves the folder, OPENCODE_CONFIG_DIR adds one."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("OPENCODE_CONFIG_DIR", str(tmp_path / "more"))
    write(tmp_path / "xdg/opencode/skills/a", "a")
    write(tmp_path / "more/skill/b", "b")

    assert ["a", "b"] == [skill.skill for skill in find_installed(tmp_path / "project")]


def test_the_folders_that_the_configuration_adds(tmp_path: Path) -> None:
    """Of the last configuration that names any; relative ones to the project, ~ to the home."""
    root, home = tmp_path / "project", tmp_path / "home"
    for folder in (root / "shelf/a", home / "shelf/b", tmp_path / "shelf/c", root / "old/d"):
        write(folder, folder.name)
    general = home / ".config/opencode/opencode.json"
    general.parent.mkdir(parents=True)
    general.write_text('{"skills": {"paths": ["old"]}}')
    assert ["d"] == [skill.skill for skill in find_installed(root, home)]

    (root / "opencode.jsonc").write_text(
        '{\n  // ours\n  "skills": {"paths": ["shelf", "~/shelf", /* "old", */ "%s",],},\n}'
        % (tmp_path / "shelf")
    )
    assert ["a", "b", "c"] == [skill.skill for skill in find_installed(root, home)]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"skills": []}', '{"skills": {"paths": "shelf"}}', "[" * 100_000,
        '{"skills": {"paths": ["shelf", 5]}}', '{"skills": {"urls": []}}', "\ud800",
        '{"skills": {"paths": ["a\\u0000b", "\\ud800"]}}', '// {"skills": {"paths": ["shelf"]}}',
    ],
)  # fmt: skip
def test_a_configuration_that_opencode_refuses_adds_nothing(tmp_path: Path, text: str) -> None:
    """It would not start with it, and says so itself."""
    write(tmp_path / "shelf/a", "a")
    write(tmp_path / ".opencode/skills/b", "b")
    path = tmp_path / "opencode.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    assert ["b"] == [skill.skill for skill in find_installed(tmp_path, tmp_path / "home")]
    path.unlink()
    path.mkdir()
    assert ["b"] == [skill.skill for skill in find_installed(tmp_path, tmp_path / "home")]


def test_a_skill_is_called_as_its_frontmatter_says(tmp_path: Path) -> None:
    """Without frontmatter, or a name in it, OpenCode finds no skill, and we neither."""
    skills = tmp_path / ".opencode/skills"
    write(skills / "folder", "name")
    for name, text in (("plain", "no frontmatter\n"), ("nameless", "---\ndescription: x\n---\n")):
        (skills / name).mkdir()
        (skills / name / "SKILL.md").write_text(text)

    assert ["name"] == [skill.skill for skill in find_installed(tmp_path, tmp_path / "home")]


def test_links_are_followed_once(tmp_path: Path) -> None:
    """A skill that is linked from two places is one skill; a link upwards does not go round."""
    real = write(tmp_path / "shelf/s", "s").parent
    for each in (".opencode/skills", ".claude/skills"):
        (tmp_path / each).mkdir(parents=True)
        (tmp_path / each / "s").symlink_to(real)
    (tmp_path / ".claude/skills/up").symlink_to(tmp_path / ".claude")

    (skill,) = find_installed(tmp_path, tmp_path / "home")

    assert ("s", str(tmp_path / ".opencode/skills/s/SKILL.md")) == (skill.skill, skill.path)


@pytest.mark.parametrize(
    ("written", "chars"),
    [
        ("Plain text.", 11),
        ('"Quoted: text."', 13),
        (">\n  Folded\n  text.", 12),
        ("|-\n  Two\n  lines.", 10),
        ("Goes on\n  below.", 14),
        (None, None),
        ("", None),
    ],
)
def test_a_description_s_length_is_what_yaml_says(
    tmp_path: Path, written: str | None, chars: int | None
) -> None:
    """However it is written: it stands in every request."""
    write(tmp_path / ".opencode/skills/s", "s", written)

    (skill,) = find_installed(tmp_path, tmp_path / "home")

    assert chars == skill.description_chars


# Which of them are not used, or not measured.


def test_never_used_long_unused_and_not_instrumented_are_told_apart() -> None:
    """And what is used and measured is not listed."""
    store = ReportsStore()
    store.load("old", started=NOW - 31 * DAY)
    store.load("loaded", started=NOW - DAY)
    store.load("failing", "failed", started=NOW - DAY)
    store.load("measured", started=NOW - DAY)
    store.event(skill="measured")
    store.run("run-only", started=NOW - 2 * DAY)
    store.call("read", read_skill="read", started=NOW - 3 * DAY)
    store.message(role="user", read_skill="command", created=NOW - 4 * DAY)

    rows = unused(
        store, "never", "old", "loaded", "failing", "measured", "run-only", "read", "command"
    )

    assert {
        "never": "never used",
        "failing": "never used",
        "old": "long unused",
        "loaded": "not instrumented",
        "read": "not instrumented",
        "command": "not instrumented",
    } == {name: row.state for name, row in rows.items()}
    assert [(1, 0, NOW - DAY), (0, 1, NOW - 3 * DAY), (0, 1, NOW - 4 * DAY), (0, 0, None)] == [
        (rows[each].loads, rows[each].reads, rows[each].last_used)
        for each in ("loaded", "read", "command", "never")
    ]
    assert 3 == rows["never"].description_tokens
    # What was never used comes first.
    assert ["failing", "never", "old"] == list(rows)[:3]


def test_a_filter_does_not_make_a_skill_look_unused() -> None:
    """Use is looked for in the whole store; --skill chooses the row."""
    store = ReportsStore()
    store.load("a", started=NOW - DAY)

    assert "not instrumented" == unused(store, "a", "b", model="gpt-5")["a"].state
    assert ["b"] == list(unused(store, "a", "b", skill="b"))


def test_what_only_opencode_2_finds(tmp_path: Path) -> None:
    """Markdown files directly in a folder of skills, skills without a name or below a hidden
    folder, and those of listed folders; each has an id, which is that of its folder or file.
    """
    skills = tmp_path / ".opencode/skills"
    write(skills / "folder", "name")
    write(skills / ".hidden/deep", "deep")
    write(tmp_path / "shelf/listed", "listed")
    (skills / "nameless").mkdir()
    (skills / "nameless/SKILL.md").write_text("---\ndescription: x\n---\n")
    (skills / "flat.md").write_text("---\nname: Flat one\n---\nDo it.\n")
    (skills / "README.md").write_text("no frontmatter\n")
    (skills / "folder/notes.md").write_text("---\nname: notes\n---\n")
    (tmp_path / "opencode.json").write_text('{"skills": ["shelf", "https://x.test/", "gone"]}')

    found = find_installed(tmp_path, tmp_path / "home", later=True)

    assert [
        ("Flat one", "flat", 2),
        ("deep", "deep", 2),
        ("listed", "listed", 2),
        ("name", "folder", 1),
        ("nameless", "nameless", 2),
    ] == [(each.skill, each.id, each.since) for each in found]
    assert ["name"] == [each.skill for each in find_installed(tmp_path, tmp_path / "home")]


@pytest.mark.parametrize("version", ["1.18.33", "2.0.22"])
def test_an_installed_skill_has_the_name_of_its_loads(version: str) -> None:
    """For OpenCode 2 its id; what only that finds is no matter for 1.x."""
    store = ReportsStore()
    store.session("s", version=version, created=NOW - DAY)
    store.load("by-id", started=NOW - DAY)
    store.event(skill="by-id")
    skills = [
        InstalledSkill("By name", "/a/SKILL.md", 9, "by-id"),
        InstalledSkill("flat", "/flat.md", 9, "flat", 2),
    ]
    options = [reports.Installed(skills)]

    rows = reports.build(store.connection, "unused", options=options, now_ms=NOW).parts["unused"]

    assert (["flat"] if version > "2" else ["By name"]) == [row.skill for row in rows]
