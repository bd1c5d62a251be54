"""What a browser would find in a report's page, and all that it may find there."""

from __future__ import annotations

from html.parser import HTMLParser

ELEMENTS = {
    "a", "body", "button", "circle", "code", "dd", "div", "dl", "dt", "figcaption", "figure", "g",
    "h1", "h2", "h3", "head", "header", "html", "input", "label", "li", "line", "link", "main",
    "meta", "nav", "p", "path", "polygon", "polyline", "rect", "script", "section", "small", "span",
    "strong", "style", "svg", "table", "tbody", "td", "text", "tfoot", "th", "thead", "title", "tr",
    "ul",
}  # fmt: skip
_VOID = {"input", "link", "meta"}


class HtmlPage(HTMLParser):
    """What a browser would find in a page: elements, attributes, texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def values(self, attribute: str) -> list[str]:
        """Of each element that has the attribute."""
        return [value or "" for key, value in self.attributes if key == attribute]
