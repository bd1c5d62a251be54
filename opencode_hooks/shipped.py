"""The files that come with this package, and how an installed one is recognized.

Each names itself in one of its first lines, as a comment of its own language:

    // tachikoma-telemetry plugin 3

The number rises with every change of the file. `install` may have to make folders for it. The
installed copy lists them in its second line, so that `remove` removes these and no others
(``.`` is OpenCode's folder itself, ``.opencode`` of a project):

    // folders made for this file: . plugin
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

_FIRST_LINES = 5
_FOLDERS = "folders made for this file:"


@dataclass(frozen=True)
class Shipped:
    """One file of ours: the text that belongs at ``place``, below a project's or OpenCode's own
    configuration folder.
    """

    kind: str
    source: str
    place: str
    comment: str

    @property
    def text(self) -> str:
        """What the file holds."""
        return (files("opencode_hooks") / self.source).read_text(encoding="utf-8")

    @property
    def version(self) -> int:
        """The version that the text names."""
        version = self.version_of(self.text)
        assert version is not None, f"{self.source} does not name itself"
        return version

    def version_of(self, text: str) -> int | None:
        """The version of an installed file; None when it is not one of ours."""
        marker = re.compile(
            rf"\s*{re.escape(self.comment)} tachikoma-telemetry {self.kind} (\d+)\s*"
        )
        for line in text.splitlines()[:_FIRST_LINES]:
            if found := marker.fullmatch(line):
                return int(found[1])
        return None

    def with_folders(self, folders: list[str]) -> str:
        """The text to install, which remembers `folders`."""
        if not folders:
            return self.text
        marked = re.compile(rf"^{re.escape(self.comment)} tachikoma-telemetry .*\n", re.MULTILINE)
        line = f"{self.comment} {_FOLDERS} {' '.join(folders)}\n"
        return marked.sub(lambda found: found[0] + line, self.text, count=1)

    def folders_in(self, text: str) -> list[str]:
        """What `with_folders` put into an installed file."""
        for line in text.splitlines()[: _FIRST_LINES + 1]:
            if line.startswith(f"{self.comment} {_FOLDERS} "):
                return line.split(_FOLDERS, 1)[1].split()
        return []


PLUGIN = Shipped("plugin", "tachikoma-telemetry.ts", "plugin/tachikoma-telemetry.ts", "//")
COMMAND = Shipped("command", "telemetry.md", "command/telemetry.md", "#")
