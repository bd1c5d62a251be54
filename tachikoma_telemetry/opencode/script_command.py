"""Which file of which skill a shell command runs.

Only what the command line itself says: no file is looked for. A command that reads, lists, edits,
checks or tests such a file does not run it.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any, NamedTuple

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


def script_run(command: object, folder: object = None) -> ScriptRun | None:
    """The last file of a skill that a command runs; None when it runs none.

    Args:
        command: the command line.
        folder: the folder that it runs in; None when it is not known.

    """
    if type(command) is not str:
        return None
    folder = folder if type(folder) is str else ""
    # Almost every command ends here.
    if "skill" not in command and "skill" not in folder:
        return None
    return _Shell(folder.replace("\\", "/")).run(command[:_CHARS_MAX])


def script_columns(
    given: dict[str, Any], folder: str | None
) -> tuple[str | None, str | None, bool | None]:
    """The columns of a shell call that say what it runs, by its arguments; None where nothing.

    Args:
        given: the arguments.
        folder: the session's, in which the call's own is.

    """
    inside = given.get("workdir")
    inside = posixpath.join(folder or "", inside) if type(inside) is str else folder
    found = script_run(given.get("command"), inside)
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


def _skill_file(path: str) -> tuple[str, str] | None:
    """The skill and its file that a whole path names."""
    found = _SKILL_FOLDER.search(path)
    if found is None:
        return None
    inside: str = found["inside"] or found["scripts"]
    parts = inside.split("/")
    if _NOT_ITS_OWN.search(inside) or not parts[-1] or set(inside) & set("$*?{}[]"):
        return None
    if len(parts) == 1:
        return parts[0].rpartition(".")[0] or parts[0], parts[0]
    # A skill's folder may be in a folder of a group.
    inner = [at for at, part in enumerate(parts[:-1]) if at and part in _FOLDERS_OF_SCRIPTS]
    at = inner[0] if inner else 1
    return parts[at - 1], "/".join(parts[at:])


_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_KEYWORDS = frozenset(("if", "then", "elif", "else", "do", "while", "until", "!", "{"))
# Behind these the exit code is not, or not only, the script's.
_COMPOUND = frozenset(("if", "elif", "while", "until", "for", "!", "case"))
_CLOSING = frozenset(("done", "fi", "esac", "}"))
_LEAVES = frozenset(("exit", "return", "false"))


class _Shell:
    """A shell that is on its way through a command line."""

    def __init__(self, folder: str, nested: int = 0) -> None:
        self._folders = [folder]
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
            elif found := _ASSIGNMENT.fullmatch(words[at]):
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
            words = [w for w in following.words if not _ASSIGNMENT.fullmatch(w)]
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
        name = _base(words[0])
        if name in ("cd", "pushd", "set", "export", "chdir", "set-location"):
            self._change(name, words[1:])
            return None
        words = _behind_wrappers(words)
        if not words:
            return None
        name, arguments = _base(words[0]), words[1:]
        inner = _inner_line(name, arguments)
        if inner is not None:
            if self._nested >= _NESTED_MAX:
                return None
            return _Shell(self._folders[-1], self._nested + 1).run(inner)
        file, rest = _file_of(words)
        if file is None or "--help" in rest or rest[-1:] == ["-h"]:
            return None
        named = _skill_file(self._whole(file))
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


def _base(word: str) -> str:
    """The name of a program, without its folder."""
    name = word.replace("\\", "/").rpartition("/")[2].lower()
    return name.removesuffix(".exe").removesuffix(".cmd")


# What runs the command behind it, and its options that take a value.
_WRAPPERS: dict[str, frozenset[str]] = {
    "env": frozenset(("-u", "--unset", "-C", "--chdir", "-S")),
    "timeout": frozenset(("-k", "-s", "--kill-after", "--signal")),
    "time": frozenset(("-f", "-o")),
    "nice": frozenset(("-n",)),
    "ionice": frozenset(("-c", "-n")),
    "sudo": frozenset(("-u", "-g")),
    "stdbuf": frozenset(("-i", "-o", "-e")),
    "xargs": frozenset(("-n", "-I", "-P", "-L", "-d", "-a")),
    "exec": frozenset(("-a",)),
    **dict.fromkeys(("nohup", "command", "setsid", "builtin", "unbuffer"), frozenset()),
}
_WRAPPERS["gtimeout"] = _WRAPPERS["timeout"]
_UV_VALUES = frozenset(
    (
        *("--with", "--with-requirements", "--with-editable", "--python", "-p", "--project"),
        *("--directory", "--env-file", "--extra", "--group", "--index", "--index-url"),
        *("--package", "--cache-dir", "--spec", "-n", "--name", "-w"),
    )
)
_RUNNERS = frozenset(("uv", "poetry", "pdm", "pipenv", "hatch", "rye", "pixi", "conda", "pipx"))
_EXECUTORS = frozenset(("npx", "bunx", "pnpx"))


def _behind_wrappers(words: list[str]) -> list[str]:
    """The command that another one runs, as `timeout 60` does."""
    while words:
        name = _base(words[0])
        if name in _WRAPPERS:
            words = _behind_options(words[1:], _WRAPPERS[name])
            if name in ("timeout", "gtimeout"):
                words = words[1:]
            while name == "env" and words and _ASSIGNMENT.fullmatch(words[0]):
                words = words[1:]
        elif name in _RUNNERS and words[1:2] == ["run"]:
            module = "-m" in words[2:3] or "--module" in words[2:3]
            words = [] if module else _behind_options(words[2:], _UV_VALUES)
            if words and not _is_program(words[0]):
                words = ["python", *words]
        elif name in _EXECUTORS:
            words = _behind_options(words[1:], frozenset(("-p", "--package")))
        elif name == "tachikoma-telemetry" and "--" in words:
            words = words[words.index("--") + 1 :]
        else:
            break
    return words


def _is_program(word: str) -> bool:
    return not _base(word).endswith((".py", ".pyw"))


def _behind_options(words: list[str], with_value: frozenset[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return words[at + 1 :]
        at += 2 if words[at] in with_value else 1
    return words[at:]


class _Interpreter(NamedTuple):
    """How an interpreter names the file that it runs.

    `otherwise` are options with which it runs no file, `letters` the same as one letter of several;
    `command` is the word before the file, where one must or may be.
    """

    with_value: frozenset[str] = frozenset()
    otherwise: frozenset[str] = frozenset()
    letters: str = ""
    command: str = ""
    optional: bool = True


_SCRIPT_LANGUAGE = _Interpreter(otherwise=frozenset(("-e", "-c", "-l", "-r")))
_NODE = _Interpreter(
    frozenset(("-r", "--require", "--import", "--loader", "--env-file", "-C", "--conditions")),
    frozenset(("-c", "--check", "-e", "--eval", "-p", "--print", "--test", "-pe")),
)
_INTERPRETERS: dict[str, _Interpreter] = {
    **dict.fromkeys(
        ("bash", "sh", "zsh", "dash", "ksh", "fish"),
        _Interpreter(frozenset(("-o", "-O", "+o", "--rcfile")), letters="cns"),
    ),
    **dict.fromkeys(("node", "nodejs", "tsx", "ts-node"), _NODE),
    "bun": _NODE._replace(command="run"),
    "deno": _Interpreter(
        frozenset(("-c", "--config", "--import-map")), command="run", optional=False
    ),
    "go": _Interpreter(command="run", optional=False),
    **dict.fromkeys(("ruby", "perl", "php", "rscript", "lua"), _SCRIPT_LANGUAGE),
    **dict.fromkeys(
        ("pwsh", "powershell"),
        _Interpreter(
            frozenset(("-ExecutionPolicy", "-ep")), frozenset(("-Command", "-c", "-EncodedCommand"))
        ),
    ),
}
_PYTHON = _Interpreter(frozenset(("-W", "-X")), letters="cm")
_PYTHON_NAME = re.compile(r"(?:python|pypy|py)[\d.]*[wt]?")
_BUN_COMMANDS = frozenset(("test", "install", "build", "add", "x", "create"))


def _file_of(words: list[str]) -> tuple[str | None, list[str]]:
    """The file that a command runs, and its arguments; no file where it runs none."""
    name, arguments = _base(words[0]), words[1:]
    how = _PYTHON if _PYTHON_NAME.fullmatch(name) else _INTERPRETERS.get(name)
    if how is None:
        itself = "/" in words[0] or "\\" in words[0]
        return (words[0] if itself else None), arguments
    if how.command:
        if arguments[:1] == [how.command]:
            arguments = arguments[1:]
        elif not how.optional or set(arguments[:1]) & _BUN_COMMANDS:
            return None, []
    at = 0
    while at < len(arguments) and arguments[at][:1] in ("-", "+"):
        option = arguments[at]
        cluster = option[1:] if not option.startswith("--") and option not in how.with_value else ""
        if option == "-" or option in how.otherwise or set(cluster[:4]) & set(how.letters):
            return None, []
        at += 2 if option in how.with_value else 1
    return (arguments[at], arguments[at + 1 :]) if at < len(arguments) else (None, [])


def _inner_line(name: str, arguments: list[str]) -> str | None:
    """The command line that a shell is given as one word: `bash -lc "…"`."""
    how = _INTERPRETERS.get(name)
    if name == "cmd" and arguments[:1] and arguments[0].lower() == "/c":
        return " ".join(arguments[1:])
    if name == "eval":
        return " ".join(arguments)
    if how is None or how.letters != "cns":
        return None
    for at, option in enumerate(arguments[:-1]):
        if not option.startswith("-"):
            break
        if not option.startswith("--") and "c" in option and "n" not in option:
            return arguments[at + 1]
    return None
