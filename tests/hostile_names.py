"""Names that would act if a report let them: by what they try."""

from __future__ import annotations

NAMES = {
    "ends the script": "</script><script>window.acted=1</script>",
    "ends it, oddly": "</ScRiPt\t><sCript>window.acted=1</scripT >",
    "opens a comment": "<!--<script>window.acted=1</script>",
    "image": "<img src=x onerror=window.acted=1>",
    "leaves an attribute": "\"'><svg onload=window.acted=1>",
    "leaves a text": "</textarea></style></title></noscript><b id=acted>b</b>",
    "link": "javascript:window.acted=1",
    "data link": "data:text/html,<script>window.acted=1</script>",
    "address": "https://example.invalid/x.png",
    "entity": "&lt;img src=x onerror=window.acted=1&gt;&#60;b id=acted&#62;",
    "expression": "datum.constructor.constructor('window.acted=1')()",
    "string's end": "';window.acted=1;//\\';`${window.acted=1}`",
    "template": "{{constructor.constructor('window.acted=1')()}}{0}%s{style}",
    "object's own name": "__proto__",
    "method's name": "toString",
    "terminal": "\x1b[31m\x00\u202e\u2028\u2029\ufeff",
    "emphasis": "`code` **bold** [a](javascript:window.acted=1)",
}
