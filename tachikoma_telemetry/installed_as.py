"""How this copy was installed, and so the command that installs it again, or an extra of it.

The name alone is no answer: while no such package is in an index, anyone could take it there.
"""

from __future__ import annotations

import json
import shlex
import sys
from importlib.metadata import distributions
from urllib.parse import unquote, urlsplit

NAME = "tachikoma-telemetry"
# Where neither an index nor a folder is known that it came from.
_UNKNOWN = "/path/to/tachikoma-telemetry"


def install_command(extra: str) -> str:
    """The shell command that installs this package from where this copy came from.

    `extra` is one of its extras, such as ``dashboard``.
    """
    python = shlex.quote(sys.executable)
    by_uv = _read("INSTALLER") == "uv"
    pip = f"uv pip install --python {python}" if by_uv else f"{python} -m pip install"
    return f"{pip} {_requirement(f'[{extra}]')}"


def _requirement(extras: str) -> str:
    # PEP 610: written by the installer, unless the package came from an index.
    written = _read("direct_url.json")
    if written is None:
        return shlex.quote(f"{NAME}{extras}")
    try:
        origin = json.loads(written)
        url, parts = origin["url"], urlsplit(origin["url"])
        if repository := origin.get("vcs_info"):
            url = f"{repository['vcs']}+{url}@{repository['commit_id']}"
        elif parts.scheme == "file":
            editable = origin.get("dir_info", {}).get("editable") is True
            place = shlex.quote(unquote(parts.path) + extras)
            return f"--editable {place}" if editable else place
        return shlex.quote(f"{NAME}{extras} @ {url}")
    except (ValueError, KeyError, TypeError, AttributeError):
        return shlex.quote(f"{_UNKNOWN}{extras}")


def _read(name: str) -> str | None:
    """A file of the installed package's metadata; None where there is none."""
    # A checkout on the path has metadata of its own, without what the installer wrote.
    copies = [*distributions(name=NAME)]
    if not copies:
        # Run from a folder that was never installed.
        return "" if name == "direct_url.json" else None
    texts = (copy.read_text(name) for copy in copies)
    return next((text.strip() for text in texts if text is not None), None)
