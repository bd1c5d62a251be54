"""Which file of which skill a shell command runs.

Only what the command line itself says: no file is looked for. A command that reads, lists, edits,
checks or tests such a file does not run it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from .interpreters import ASSIGNMENT, base_name, behind_wrappers, file_of, inner_line
from .shell_words import SimpleCommand, simple_commands
from .values import text

# Longer ones write files out, by a here-document; what runs comes first.
_CHARS_MAX = 16_000
_WORD_MAX = 1_000
_NESTED_MAX = 3


class ScriptRun(NamedTuple):
    """A run of a skill's file.

    Attributes:
        skill: the skill's folder; of a file directly in `skills/` its name without the ending.
        script: the file as it is named in that folder.
        decides: whether the exit code of the whole command is that of this file: no pipe, list or
            negation hides it.
    """

    skill: str
    script: str
    decides: bool


_HOME = re.compile(r"(?:~|\$HOME|\$\{HOME\})/")
_HOUSE = re.compile(r"(?:/home/[^/]+|/Users/[^/]+|/root)/")


class LoadedSkillFolders(NamedTuple):
    """The folders of skills that are somewhere else, and were loaded before a command.

    Attributes:
        folders: each with its skill and the row of its first load.
        names: texts one of which is in each command that runs a file in them (`ways_to_name`).
        row: the command's.
        home: the session's folder. A skill whose folder has that inside is not all that is there.
    """

    folders: Mapping[str, tuple[str, int]]
    names: Collection[str]
    row: int
    home: str

    def skill_file(self, path: str) -> tuple[str, str] | None:
        """The skill and its file that a whole path names."""
        if (at_home := _HOME.match(path)) is not None:
            houses = (_HOUSE.match(folder) for folder in self.folders)
            path = next((house[0] for house in houses if house), "~/") + path[at_home.end() :]
        at = len(path)
        while (at := path.rfind("/", 0, at)) > 0:
            folder, inside = path[:at], path[at + 1 :]
            found = self.folders.get(folder)
            if found is not None and found[1] <= self.row and _is_file(inside):
                above = f"{self.home}/".startswith(f"{folder}/")
                return None if above else (found[0], inside)
        return None


def ways_to_name(folder: str) -> tuple[str, str, str]:
    """Texts one of which is in each command, or in the path of its folder, that names a file in
    `folder`, but for one that begins there.
    """
    last = posixpath.basename(folder)
    return f"/{last}", f"{last}/", f"cd {last}"


def script_run(
    command: object, folder: object = None, loaded: LoadedSkillFolders | None = None
) -> ScriptRun | None:
    """The last file of a skill that a command runs; None when it runs none.

    `folder` is where it runs, None if unknown; `loaded` are folders of skills that their paths do
    not show.
    """
    if type(command) is not str:
        return None
    folder = folder if type(folder) is str else ""
    # Almost every command ends here.
    if "skill" not in command and "skill" not in folder:
        names = loaded.names if loaded is not None else ()
        if not any(name in command or name in folder for name in names):
            return None
    return _Shell(folder.replace("\\", "/"), loaded).run(command[:_CHARS_MAX])


def script_columns(
    given: dict[str, Any], folder: str | None, loaded: LoadedSkillFolders | None = None
) -> tuple[str | None, str | None, bool | None]:
    """The columns of a shell call that say what it runs, by its arguments; None where nothing.

    `folder` is the session's, in which the call's own is.
    """
    inside = given.get("workdir")
    inside = posixpath.join(folder or "", inside) if type(inside) is str else folder
    found = script_run(given.get("command"), inside, loaded)
    if found is None or (skill := text(found.skill)) is None:
        return None, None, None
    return skill, text(found.script), found.decides


_SKILL_FOLDER = re.compile(
    r"(?:^|/)(?:\.opencode|opencode|\.claude|\.agents)/skills?/(?P<inside>[^/].*)$"
    # Where skills are elsewhere (`skills.paths`), their folders of scripts are known by this.
    r"|(?:^|/)skills?/(?P<scripts>[^/.][^/]*/scripts/.+)$"
)
_NOT_ITS_OWN = re.compile(
    r"(?:^|/)(?:\.?venv|node_modules|tests?|\.git)/|(?:^|/)(?:test_[^/]*|[^/]*(?:_test|\.test|\.spec)"
    r"\.\w+|[^/]*\.(?:md|json|toml|ya?ml|txt))$"
)
_FOLDERS_OF_SCRIPTS = ("scripts", "script", "bin", "src", "tools", "lib")


def _is_file(inside: str) -> bool:
    """Whether a path in a skill's folder is that of a file of its own, and is known to the end."""
    own = not _NOT_ITS_OWN.search(inside) and bool(inside.rpartition("/")[2])
    return own and not set(inside) & set("$*?{}[]")


def skill_file(path: str) -> tuple[str, str] | None:
    """The skill and its file that a whole path names, by the folders that say so themselves."""
    found = _SKILL_FOLDER.search(path)
    if found is None:
        return None
    inside: str = found["inside"] or found["scripts"]
    parts = inside.split("/")
    if not _is_file(inside):
        return None
    if len(parts) == 1:
        return parts[0].rpartition(".")[0] or parts[0], parts[0]
    # A skill's folder may be in a folder of a group.
    inner = [at for at, part in enumerate(parts[:-1]) if at and part in _FOLDERS_OF_SCRIPTS]
    at = inner[0] if inner else 1
    return parts[at - 1], "/".join(parts[at:])


_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_KEYWORDS = frozenset(("if", "then", "elif", "else", "do", "while", "until", "!", "{"))
# Behind these the exit code is not, or not only, the script's.
_COMPOUND = frozenset(("if", "elif", "while", "until", "for", "!", "case"))
_CLOSING = frozenset(("done", "fi", "esac", "}"))
_LEAVES = frozenset(("exit", "return", "false"))


class _Shell:
    """A shell that is on its way through a command line."""

    def __init__(
        self, folder: str, loaded: LoadedSkillFolders | None = None, nested: int = 0
    ) -> None:
        self._folders = [folder]
        self._loaded = loaded
        self._variables: dict[str, str] = {}
        self._options = ""
        self._nested = nested

    def run(self, line: str) -> ScriptRun | None:
        commands = simple_commands(line)
        last = None
        for at, command in enumerate(commands):
            self._enter(command.depth)
            words, compound = self._plain(command.words)
            inner = self._run_of(words) if words else None
            if inner is not None:
                decides = inner.decides and not compound and self._decides(commands, at)
                last = inner._replace(decides=decides)
        if last is not None and any(set(each.words[:1]) & _COMPOUND for each in commands):
            last = last._replace(decides=False)
        return last

    def _enter(self, depth: int) -> None:
        """A subshell begins in its parent's folder, and leaves that as it was."""
        while len(self._folders) <= depth:
            self._folders.append(self._folders[-1])
        del self._folders[depth + 1 :]

    def _plain(self, words: list[str]) -> tuple[list[str], bool]:
        """The words behind keywords and assignments, and whether a keyword turns the exit code."""
        at, compound = 0, False
        while at < len(words):
            if words[at] in _KEYWORDS:
                compound |= words[at] in _COMPOUND
            elif found := ASSIGNMENT.fullmatch(words[at]):
                self._variables[found[1]] = self._expanded(found[2])
            else:
                break
            at += 1
        return [self._expanded(word) for word in words[at:]], compound

    def _expanded(self, word: str) -> str:
        if "$" not in word or len(word) > _WORD_MAX:
            return word
        known = self._variables
        return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], found[0]), word)[
            :_WORD_MAX
        ]

    def _decides(self, commands: list[SimpleCommand], at: int) -> bool:
        """Whether the exit code of the whole is that of this command, or of one that needs it."""
        for command, following in zip(commands[at:], commands[at + 1 :], strict=False):
            words = [w for w in following.words if not ASSIGNMENT.fullmatch(w)]
            if command.after == "&&" or not words or words[0] in _CLOSING:
                if command.after in ("&", "|"):
                    return False
                continue
            if command.after == "||" and words[0] in _LEAVES and words[1:] != ["0"]:
                continue
            if command.after == ";" and "e" in self._options:
                continue
            if command.after == "|" and "pipefail" in self._options:
                continue
            return False
        return commands[-1].after != "&"

    def _run_of(self, words: list[str]) -> ScriptRun | None:
        name = base_name(words[0])
        if name in ("cd", "pushd", "set", "export", "chdir", "set-location"):
            self._change(name, words[1:])
            return None
        words = behind_wrappers(words)
        if not words:
            return None
        name, arguments = base_name(words[0]), words[1:]
        inner = inner_line(name, arguments)
        if inner is not None:
            if self._nested >= _NESTED_MAX:
                return None
            return _Shell(self._folders[-1], self._loaded, self._nested + 1).run(inner)
        file, rest = file_of(words)
        if file is None or "--help" in rest or rest[-1:] == ["-h"]:
            return None
        path = self._whole(file)
        named = (self._loaded and self._loaded.skill_file(path)) or skill_file(path)
        return ScriptRun(*named, decides=True) if named is not None else None

    def _change(self, name: str, arguments: list[str]) -> None:
        """Go to another folder, or keep an option or a variable."""
        if name == "set":
            self._options += " ".join(arguments)
        elif name == "export":
            self._plain(arguments)
        else:
            named = [each for each in arguments if each not in ("--", "-P", "-L", "/d")]
            self._folders[-1] = self._whole(named[0]) if named else "~"

    def _whole(self, path: str) -> str:
        path = path[:_WORD_MAX].replace("\\", "/")
        if not path.startswith(("/", "~", "$")) and path[1:3] != ":/":
            path = posixpath.join(self._folders[-1], path)
        return posixpath.normpath(path)[-2 * _WORD_MAX :]
