"""What draws the charts in the reader's browser: once in a file, however many charts there are."""

from __future__ import annotations

from functools import cache

import vl_convert


@cache
def vega_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which sets `vegaEmbed`; vl-convert has them."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # In a string or a regular expression "\/" is "/"; so written, no "</script>" ends the element.
    return script.replace("</script", r"<\/script")
