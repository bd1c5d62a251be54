"""The page: its head, its first screen, and its sections.

Nothing is fetched: the Content-Security-Policy names the hashes of the style sheet and the script,
allows the icon that is in the page, and nothing else. All of it is there before the script runs,
which only sorts and filters tables and links their rows.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Sentence
from ...build import Report
from ...document import filter_words, has_rows, head_of, sections_of
from ...sections import SECTIONS
from . import first_screen
from .charts import charts_of
from .markup import COLUMNS_MAX, Markup, prose

_TITLES = {"rlm": "RLM"}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="3" fill="#2b5fb3"/>'
    '<path d="M3 12l3-4 3 2 4-6" fill="none" stroke="#fff" stroke-width="2"/></svg>'
)
_COVERAGE = "coverage"
_BRIEF = ("trend",)  # in the overview: its chart is in the first screen

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:image/svg+xml,{icon}">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>{title}</h1>
<p>{facts}</p>
{filters}</header>
{contents}<main id="main">
{main}
</main>
<script>{script}</script>
</body>
</html>
"""


def to_html(report: Report) -> str:
    """The report as one HTML document that needs nothing from anywhere."""
    with figures.in_zone(utc=report.utc):
        return _page_of(report)


def _page_of(report: Report) -> str:
    style, script = _style(), _file("page.js")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    overview = report.section is None
    written = {} if report.empty else sections_of(report, brief=_BRIEF if overview else ())
    return _PAGE.format(
        policy=policy,
        icon=quote(_ICON),
        style=style,
        script=script,
        title=escape(_title_of(report)),
        facts=" · ".join(_facts(report)),
        filters=_filters(filter_words(report.filters)),
        contents=_contents(
            [name for name in written if name == "findings" or has_rows(report, name)]
        ),
        main=_main(report, written),
    )


def _title_of(report: Report) -> str:
    """What the page is called: ``shop — skills report``, ``shop — edits``."""
    of = f"{visible(report.project)} — " if report.project else ""
    title = of + (
        "skills report" if report.section is None else _TITLES.get(report.section, report.section)
    )
    return title if of else title[0].upper() + title[1:]


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _style() -> str:
    """The style sheet; a class names the columns of a table that are numbers, or hidden."""
    rules = [
        f".r{at} tr>:nth-child({at}){{text-align:right}}"
        f".table:not(:has(.all :checked)) .x{at} tr>:nth-child({at}){{display:none}}"
        for at in range(1, COLUMNS_MAX + 1)
    ]
    return "".join(map(str.strip, _file("page.css").splitlines())) + "".join(rules)


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _facts(report: Report) -> Iterable[str]:
    """When, how much, and how much of it is measured."""
    seen, totals = report.coverage, report.totals
    if totals is not None and totals.first_activity is not None:
        first, last = figures.day(totals.first_activity), figures.day(totals.last_activity)
        yield first if first == last else f"{first} – {last}"
    if not report.empty:
        yield counted(seen.sessions, "session")
    if seen.events:
        joined = seen.exact + seen.inferred
        share = figures.share(joined / seen.events)
        why = f' (<a href="#{_COVERAGE}">why not all</a>)' if joined < seen.events else ""
        yield f"{share} of {counted(seen.events, 'event')} joined to a call{why}"
    made = f"{figures.moment(report.generated_at)} {figures.zone(report.generated_at)}"
    yield f"made {escape(made)} by tachikoma-telemetry"


def _filters(said: Sequence[str]) -> str:
    if not said:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in said)
    return f'<ul class="filters" aria-label="Only">{items}</ul>\n'


def _contents(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    ordered = sorted(names, key=lambda name: name != "findings")  # they are the first on the page
    items = "".join(f'<li><a href="#{name}">{_capital(name)}</a></li>' for name in ordered)
    return f'<nav aria-label="Sections"><ul>{items}</ul></nav>\n'


def _capital(name: str) -> str:
    return escape(_TITLES.get(name, name.capitalize()))


def _main(report: Report, written: dict[str, list[Block]]) -> str:
    markup = Markup(report.section)
    head = markup.blocks(head_of(report), _COVERAGE)
    if report.empty:
        return f'<section class="card">\n{head}\n</section>'
    shown: Sequence[str] = ()
    parts = []
    if "findings" in written:
        nothing = _only_text(written.pop("findings"))
        if report.section is None and "timeline" not in written:
            shown = first_screen.SHOWN
            parts.append(first_screen.first_screen(report, nothing))
        else:
            parts.append(first_screen.conclusion(report, nothing))
    full = [name for name in written if has_rows(report, name)]
    parts += [
        _section(report, name, written[name], markup, drawn=name not in shown) for name in full
    ]
    empty = {name: blocks for name, blocks in written.items() if name not in full}
    parts += [_card("nothing", "Nothing to show", _empty(empty))] if empty else []
    return "\n".join([*parts, _card(_COVERAGE, "What was measured", head)])


def _only_text(blocks: Iterable[Block]) -> str:
    return " ".join(each.text for each in blocks if isinstance(each, Sentence))


def _section(report: Report, name: str, blocks: list[Block], markup: Markup, *, drawn: bool) -> str:
    question = SECTIONS[name].question
    charts = charts_of(name, report.parts) if drawn else []
    content = f"""<p class="question">{escape(question[0].upper() + question[1:])}</p>
<div class="figures">{"".join(chart.written() for chart in charts)}</div>
{markup.blocks(blocks, name)}"""
    return _card(name, _capital(name), content)


def _card(identifier: str, title: str, content: str) -> str:
    return f"""<section class="card" id="{identifier}" aria-labelledby="{identifier}-title">
<h2 id="{identifier}-title">{title}</h2>
{content}
</section>"""


def _empty(written: dict[str, list[Block]]) -> str:
    """The sections without rows, each with what would fill it."""
    facts = "\n".join(
        f'<div id="{name}"><dt>{_capital(name)}</dt>'
        f"<dd>{' '.join(prose(each) for each in blocks if isinstance(each, Sentence))}</dd></div>"
        for name, blocks in written.items()
    )
    return f'<dl class="facts">\n{facts}\n</dl>'
