"""What a browser would find in a report's page, and all that it may find there."""

from __future__ import annotations

from html.parser import HTMLParser

ELEMENTS = {
    "a", "body", "button", "code", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1",
    "h2", "h3", "head", "header", "html", "li", "main", "meta", "nav", "noscript", "p", "rect",
    "script", "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "th",
    "thead", "title", "tr", "ul",
}  # fmt: skip


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
        if tag != "meta":
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def values(self, attribute: str) -> list[str]:
        """Of each element that has the attribute."""
        return [value or "" for key, value in self.attributes if key == attribute]
