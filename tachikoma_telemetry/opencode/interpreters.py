"""Which file a simple command runs: by itself, by an interpreter, or behind what runs others."""

from __future__ import annotations

import re
from typing import NamedTuple

ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def base_name(word: str) -> str:
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


def behind_wrappers(words: list[str]) -> list[str]:
    """The command that another one runs, as `timeout 60` does."""
    while words:
        name = base_name(words[0])
        if name in _WRAPPERS:
            words = _behind_options(words[1:], _WRAPPERS[name])
            if name in ("timeout", "gtimeout"):
                words = words[1:]
            while name == "env" and words and ASSIGNMENT.fullmatch(words[0]):
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
    return not base_name(word).endswith((".py", ".pyw"))


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


def file_of(words: list[str]) -> tuple[str | None, list[str]]:
    """The file that a command runs, and its arguments; no file where it runs none."""
    name, arguments = base_name(words[0]), words[1:]
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


def inner_line(name: str, arguments: list[str]) -> str | None:
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
