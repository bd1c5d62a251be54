"""A command line of a shell, split into the simple commands that it runs.

Enough of a shell's grammar to say what runs, and no more: quotes, lists, pipes, subshells, command
substitutions, redirections and here-documents. Nothing is expanded. In time linear in the length.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class SimpleCommand(NamedTuple):
    """A simple command.

    Attributes:
        words: the command and its arguments without quotes; redirections are left out.
        after: the operator behind it: `;` also for the end of a line, `)` where a subshell or a
            substitution closes, empty at the end.
        depth: in how many subshells and substitutions it is.
    """

    words: list[str]
    after: str
    depth: int


_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r]+|\\\r?\n)
    | (?P<comment>\#[^\n]*)
    | (?P<here><<-?[ \t]*(?P<mark>'[^'\n]*'|"[^"\n]*"|\\?[\w.-]+))
    | (?P<redirect>\d{0,3}(?:<<<|&>>?|>>?&?\|?|<[&>]?))
    | (?P<open>\$\(|\()
    | (?P<operator>&&|\|\||;;|\|&|[;|&)\n])
    | (?P<tick>`)
    | '(?P<single>[^']*)'?
    | (?P<double>")
    | \\(?P<escaped>.)
    | (?P<plain>[^\s'"\\$`;|&()<>\#]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(
    r"""(?P<open>\$\()|(?P<tick>`)|(?P<double>")|\\(?P<escaped>["\\$`\n])|(?P<plain>[^"\\$`]+|.)""",
    re.DOTALL,
)
_OF_A_PATH = re.compile(r"[\w.]")
_LINE_ENDS = {"\n": ";", ";;": ";", "|&": "|"}


def simple_commands(line: str) -> list[SimpleCommand]:
    """The simple commands of a command line, in the order in which they begin to run."""
    splitter = _Splitter(line)
    splitter.run()
    return splitter.found


class _Level:
    """A command that is being read: the outermost one, or one in a subshell or substitution."""

    def __init__(self, opened: str) -> None:
        self.opened = opened
        self.words: list[str] = []
        self.word: list[str] | None = None
        self.quoted = False
        self.redirected = False


class _Splitter:
    def __init__(self, line: str) -> None:
        self.found: list[SimpleCommand] = []
        self._line = line
        self._levels = [_Level("")]
        self._marks: list[str] = []

    def run(self) -> None:
        at, size = 0, len(self._line)
        while at < size:
            level = self._levels[-1]
            token = (_QUOTED if level.quoted else _TOKEN).match(self._line, at)
            if token is None:
                break
            at = self._take(level, token)
        while self._levels:
            self._end_command("" if len(self._levels) == 1 else ")")
            self._levels.pop()

    def _take(self, level: _Level, token: re.Match[str]) -> int:
        """Take a token; returns where the next one begins."""
        kind, value = str(token.lastgroup), token.group()
        if kind == "comment" and level.word is not None:
            self._add("#")
            return token.start() + 1
        if kind == "blank":
            self._end_word()
        elif kind in ("here", "mark"):
            self._end_word()
            self._marks.append(token["mark"].strip("'\"\\"))
        elif kind == "redirect":
            self._end_word()
            level.redirected = True
        elif kind == "open" or (kind == "tick" and level.opened != "`"):
            if value != "(":
                self._add("")
            self._levels.append(_Level(value))
        elif kind in ("operator", "tick"):
            return self._operate(value, token.end())
        elif kind == "double":
            level.quoted = not level.quoted
            self._add("")
        elif kind in ("single", "escaped", "plain"):
            self._add(self._literal(kind, token[kind], level))
        return token.end()

    def _literal(self, kind: str, value: str, level: _Level) -> str:
        # To escape such a character says nothing in a shell: it is a folder's in Windows.
        if kind == "escaped" and not level.quoted and _OF_A_PATH.match(value):
            return "\\" + value
        return value

    def _operate(self, operator: str, end: int) -> int:
        if operator in (")", "`"):
            self._end_command(")")
            if len(self._levels) > 1:
                self._levels.pop()
            return end
        self._end_command(_LINE_ENDS.get(operator, operator))
        if operator == "\n":
            for mark in self._marks:
                end = self._after_body(mark, end)
            self._marks.clear()
        return end

    def _after_body(self, mark: str, begin: int) -> int:
        """Where the text of a here-document is over, which begins there."""
        closing = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t\r]*(?:\n|\Z)", re.MULTILINE)
        found = closing.search(self._line, begin)
        return found.end() if found else len(self._line)

    def _add(self, text: str) -> None:
        level = self._levels[-1]
        if level.word is None:
            level.word = []
        level.word.append(text)

    def _end_word(self) -> None:
        level = self._levels[-1]
        if level.word is not None:
            if not level.redirected:
                level.words.append("".join(level.word))
            level.redirected, level.word = False, None

    def _end_command(self, operator: str) -> None:
        self._end_word()
        level = self._levels[-1]
        self.found.append(SimpleCommand(level.words, operator, len(self._levels) - 1))
        level.words, level.redirected = [], False
