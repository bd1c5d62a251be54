"""docs/ is a site: ``make site``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def _build(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """What `make site` does."""
    strict = ["-q", "-W", "-n", "--keep-going", "-c", str(DOCS), "-d", str(site.parent / "trees")]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *strict, str(source), str(site)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_every_page_is_built_and_needs_no_network(tmp_path: Path) -> None:
    """Without a warning; each page can be reached, and shows the same offline."""
    site = tmp_path / "site"

    done = _build(DOCS, site)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    for page in DOCS.rglob("*.md"):
        html = site / page.relative_to(DOCS).with_suffix(".html")
        text = html.read_text(encoding="utf-8")
        assert [] == re.findall(r"(?:src|<link [^>]*href)=\"https?:[^\"]*", text), html


@pytest.mark.slow
@pytest.mark.parametrize("link", ["[a](gone.md)", "[a](other.md#gone)", "[a](#gone)"])
def test_a_dead_link_fails(tmp_path: Path, link: str) -> None:
    """A page or a heading that is not there is an error."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text(f"# Start\n\n{link}\n\n```{{toctree}}\nother\n```\n")
    (source / "other.md").write_text("# Other\n")

    done = _build(source, tmp_path / "site")

    assert done.returncode != 0
    assert "gone" in done.stderr
