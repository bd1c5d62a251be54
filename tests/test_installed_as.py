"""The command that installs this package again says where this copy came from."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from opencode_hooks.shipped import COMMAND, PLUGIN
from tachikoma_telemetry import installed_as

SOURCES = {
    "an index": (None, "'tachikoma-telemetry[html]'"),
    "a folder": ({"url": "file:///a%20b/c", "dir_info": {}}, "'/a b/c[html]'"),
    "an editable folder": (
        {"url": "file:///src/t", "dir_info": {"editable": True}},
        "--editable '/src/t[html]'",
    ),
    "a wheel": (
        {"url": "file:///x/tachikoma_telemetry-0.1.0-py3-none-any.whl", "archive_info": {}},
        "'/x/tachikoma_telemetry-0.1.0-py3-none-any.whl[html]'",
    ),
    "a repository": (
        {"url": "https://example.org/t.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
        "'tachikoma-telemetry[html] @ git+https://example.org/t.git@abc'",
    ),
    "an address": (
        {"url": "https://example.org/t.tar.gz", "archive_info": {}},
        "'tachikoma-telemetry[html] @ https://example.org/t.tar.gz'",
    ),
    "damage": ({"urn": 5}, "'/path/to/tachikoma-telemetry[html]'"),
}


@pytest.mark.parametrize(("origin", "said"), SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("installer", ["pip", "uv", None])
def test_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    origin: dict[str, object] | None,
    said: str,
    installer: str | None,
) -> None:
    """By what the installer wrote down."""
    folder = tmp_path / "tachikoma_telemetry-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: tachikoma-telemetry\nVersion: 0.1.0\n")
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin))
    if installer is not None:
        (folder / "INSTALLER").write_text(f"{installer}\n")
    at = metadata.PathDistribution(folder)
    monkeypatch.setattr(installed_as, "distributions", lambda name: [at])
    monkeypatch.setattr("sys.executable", "/usr/bin/python3")

    command = installed_as.install_command("html")

    pip = "uv pip install --python /usr/bin/python3"
    assert f"{pip if installer == 'uv' else '/usr/bin/python3 -m pip install'} {said}" == command


def test_nothing_tells_an_agent_to_install_a_name() -> None:
    """An agent does what /telemetry says; a name that anyone may take in an index is no advice."""
    for shipped in (COMMAND, PLUGIN):
        assert "pip install" not in shipped.text
