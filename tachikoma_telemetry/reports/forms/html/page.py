r"""The page: its head, its sections, and what the reader's browser runs.

    <!doctype html> … <style> … <main> tables, and a place for each chart </main>
    <script type="application/json" id="charts">{"config": …, "charts": {"chart-1": …}}</script>
    <script> Vega, Vega-Lite and Vega-Embed </script><script> page.js </script>

Nothing is fetched: the Content-Security-Policy names the hashes of the style sheet and the scripts
and allows nothing else. In the JSON, "<" is written ``\u003c``, so that no name ends the script.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files

from ... import figures
from ...blocks import Block
from ...build import Report
from ...document import about, head_of, sections_of
from ...sections import SECTIONS
from . import markup
from .chart import CONFIG, Chart
from .charts import charts_of
from .vega import vega_script

_TITLES = {"rlm": "RLM"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · tachikoma-telemetry</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<div class="page">
<header>
<p class="from">tachikoma-telemetry · {generated}</p>
<h1>{title}</h1>
{filters}
</header>
{contents}
<main id="main">
<section class="section" aria-label="Coverage">
{head}
</section>
{sections}
</main>
</div>
{scripts}
</body>
</html>
"""


def page_of(report: Report) -> str:
    """The document; times are in the zone that `figures` writes in."""
    written = sections_of(report)
    charts = charts_of(report.parts, written)
    scripts = [vega_script(), _file("page.js")] if charts else [_file("page.js")]
    style = _file("page.css")
    policy = (
        f"default-src 'none'; script-src {' '.join(map(_hash, scripts))}; "
        f"style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy,
        style=style,
        title=f"Report: {_title(report.section)}" if report.section else "Overview",
        generated=escape(
            f"{figures.moment(report.generated_at)} {figures.zone(report.generated_at)}"
        ),
        filters=_filters(about(report.filters)),
        contents=_contents(report, written),
        head=markup.blocks(head_of(report), "coverage"),
        sections="\n".join(
            _section(name, blocks, charts.get(name, [])) for name, blocks in written.items()
        ),
        scripts=_data(charts) + "\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _title(section: str) -> str:
    return escape(_TITLES.get(section, section))


def _filters(said: list[str]) -> str:
    if not said:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in said)
    return f'<ul class="filters" aria-label="Only">{items}</ul>'


def _contents(report: Report, written: Mapping[str, list[Block]]) -> str:
    if len(written) < 2:
        return ""
    items = "".join(
        f'<li><a href="#{name}"{"" if report.parts[name] else _EMPTY}>{_title(name)}</a></li>'
        for name in written
    )
    return f'<nav aria-label="Sections"><ul>{items}</ul></nav>'


_EMPTY = ' class="none" title="empty"'


def _section(name: str, blocks: list[Block], charts: list[Chart]) -> str:
    question = SECTIONS[name].question
    drawn = "\n".join(_figure(f"{name}-{place}", chart) for place, chart in enumerate(charts, 1))
    return f"""<section class="section" id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{_title(name).capitalize() if name not in _TITLES else _title(name)}</h2>
<p class="question">{escape(question[0].upper() + question[1:])}</p>
{drawn}
{markup.blocks(blocks, name)}
</section>"""


def _figure(identifier: str, chart: Chart) -> str:
    return f"""<figure>
<figcaption><strong>{escape(chart.title)}</strong> <span>{escape(chart.note)}</span></figcaption>
<div class="drawing" id="{identifier}" tabindex="0" role="region" \
aria-label="{escape(chart.title)}, chart">
<div><noscript>Charts need JavaScript.</noscript></div>
</div>
<details><summary>The chart’s numbers</summary>
{markup.table(chart.numbers, f"{chart.title}, numbers")}
</details>
</figure>"""


def _data(charts: Mapping[str, list[Chart]]) -> str:
    if not charts:
        return ""
    specs = {
        f"{name}-{place}": {"spec": chart.spec(), "least": chart.least}
        for name, of_section in charts.items()
        for place, chart in enumerate(of_section, 1)
    }
    written = json.dumps({"config": CONFIG, "charts": specs}, ensure_ascii=False, allow_nan=False)
    return f'<script type="application/json" id="charts">{_inert(written)}</script>\n'


def _inert(written: str) -> str:
    r"""JSON in which no name is markup: "<" is only ever in a string, where \u003c is the same."""
    return written.replace("<", "\\u003c")
