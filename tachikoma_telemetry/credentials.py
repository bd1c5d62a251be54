"""Masking credentials by the formats that their issuers document.

Not by words that merely sound secret: "token" and "session" are honest words in this vocabulary,
and masking by them would eat real data. So would ``sk-`` in the middle of ``risk-assessment``: each
prefix counts only where a word begins.
"""

from __future__ import annotations

import re

MASK = "[masked]"

_CREDENTIAL = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    # OpenAI, Anthropic, OpenRouter, DeepSeek, Moonshot, …: a word behind the prefix, or no hyphens.
    r"sk-(?:ant-|proj-|or-v1-|svcacct-|admin-|lf-)[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{20,}"
    r"|(?:gsk|csk|hf|npm|r8|pk|fw)_[A-Za-z0-9]{30,}|csk-[a-z0-9]{30,}"  # Groq, Cerebras, …
    r"|(?:xai|pplx|nvapi|pypi|glpat)-[A-Za-z0-9_-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}"  # Slack
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"  # AWS
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}"  # Google
    r"|[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,}"  # Stripe
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|do[opr]_v1_[a-f0-9]{40,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"  # JWT
    r")"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*"
    r"|(?<=://)[^\s/:@]{0,256}:[^\s/@]{1,256}(?=@)"
)
# One of these is in every alternative above, and in few ordinary texts.
_SUSPECT = re.compile(r"[_-][A-Za-z0-9]|\.[A-Za-z0-9_]|:/|-----|A[KSI]")
# The shortest of them all is a URL: ``s://:p@``.
_SHORTEST = 8


def mask(text: str) -> str:
    """`text` with every credential in a known format replaced by ``[masked]``."""
    if len(text) < _SHORTEST or not _SUSPECT.search(text):
        return text
    return _CREDENTIAL.sub(MASK, text)
