"""How Sphinx makes the site: ``make site``.

Strict: a link that leads nowhere, a page in no list of contents and a name that autodoc can't find
are errors (`-W` and `-n` in the Makefile). Nothing is fetched, neither here nor by the pages.
"""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Any

from sphinx.application import Sphinx

project = "tachikoma-telemetry"
copyright = "the authors of tachikoma-telemetry, MIT licence"
version = release = installed_version("tachikoma-telemetry")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["__pycache__"]
html_theme = "furo"
html_title = f"tachikoma-telemetry {release}"
html_copy_source = False
html_show_sphinx = False

# The links between pages are those that GitHub follows, too: `decisions.md#did-the-change-help`.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# A single backtick in a docstring is code, not a title in italics.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autoclass_content = "class"
python_use_unqualified_type_names = True

# Types of the standard library and of private modules have no page here; our public names have one.
nitpick_ignore_regex = [("py:.*", r"(?!tachikoma_telemetry\.[a-z_]+$).*")]


def _mark_examples(_app: Sphinx, *about: Any) -> None:
    """Make the indented example of a docstring a block of code, as it is in an editor."""
    lines: list[str] = about[-1]
    for at in range(len(lines) - 1, 1, -1):
        text, blank, line = lines[at - 2 : at + 1]
        if line.startswith("    ") and not blank and text and not text.startswith(" "):
            lines[at:at] = [".. code-block:: python", ""]


def _hide_constructor(_app: Sphinx, what: str, *_about: Any) -> tuple[str, None] | None:
    """No signature of a class: users get its objects from a function, or its fields are listed."""
    return ("", None) if what == "class" else None


def setup(app: Sphinx) -> None:
    """Read examples before napoleon reads the sections (priority 500)."""
    app.connect("autodoc-process-docstring", _mark_examples, priority=400)
    app.connect("autodoc-process-signature", _hide_constructor)
