"""The forms in which a report is written. To add one: a module here, and its line in the list.

A form's module is imported when a report is written in that form, and not before: one needs rich.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which a report is written.

    Attributes:
        name: the word for it on the command line.
        module: where its function is, in this package.
        function: makes the report's text or bytes of a `Report`; where `one_part`, of a report and
            the key of a part; where `terminal`, a list of what rich prints.
        suffix: what the names of its files end with.
        charts: whether it holds what charts are drawn from.
        one_part: whether a document holds the rows of one part, so several need a folder.
        terminal: whether it is for a terminal, whose width and colours it uses.
        view: whether its function also takes a `TableView` of the tables.
        browser: whether only a browser shows it, so it needs a file.
    """

    name: str
    module: str
    function: str
    suffix: str
    charts: bool = False
    one_part: bool = False
    terminal: bool = False
    browser: bool = False
    view: bool = False

    def load(self) -> Callable[..., Any]:
        """Its function."""
        function: Callable[..., Any] = getattr(
            import_module(f".{self.module}", __name__), self.function
        )
        return function


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("table", "as_table", "tables", ".txt", terminal=True, view=True),
        Form("json", "as_json", "to_json", ".json", charts=True),
        Form("csv", "as_csv", "to_csv", ".csv", charts=True, one_part=True),
        Form("md", "as_markdown", "to_markdown", ".md", view=True),
        Form("html", "html", "to_html", ".html", charts=True, browser=True),
    )
}
"""By name; the first is the default."""
