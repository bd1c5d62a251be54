"""Masking credentials by the formats that their issuers give them.

Not by words that merely sound secret: "token" and "session" are honest words in this vocabulary,
and masking by them would eat real data. So would ``sk-`` in the middle of ``risk-assessment``: each
prefix counts only where a word begins. A value without a format of its own is masked only where it
is assigned to the name of a secret (``password=…``, ``api_key: …``) or sent in a header.

The source of each rule is beside it. [g] is the rule set of gitleaks (config/gitleaks.toml,
MIT), [d] the plugins of detect-secrets (Apache 2.0), [i] the issuer's own documentation. The
patterns are written for texts that are short and may be cut: where a rule asks for an exact
length, here the shortest that no word has is enough.

This runs for each text that is recorded. So a rule is compiled (1 ms) and tried only for a text
that holds one of its literals, an id of 30 characters takes about 3 µs, and a text without a long
word, a URL or the name of a secret is let through in about 1 µs.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from operator import concat

_MASK = "[masked]"

# Literals, one of which is in each credential of the rule; the rule.
_TABLE = (
    # --- Providers of models ---
    # OpenAI, Anthropic, OpenRouter, DeepSeek, Moonshot, LiteLLM, Langfuse, … [g, i]. Without a word
    # behind the prefix no hyphens: `sk-learn-…` is a name. The `*` is in what OpenAI's errors show.
    (
        "sk-",
        (
            r"sk-(?:ant|proj|or|svcacct|admin|lf|None|kimi|cp|service|user)-[A-Za-z0-9_*-]{12,}"
            r"|sk-[A-Za-z0-9*]{16,}"
            r"|sk-(?=[A-Za-z_-]{0,40}[0-9])(?=[0-9_-]{0,40}[A-Za-z])[A-Za-z0-9_-]{40,}"
        ),
    ),
    ("pk-lf-", r"pk-lf-[A-Za-z0-9-]{20,}"),  # Langfuse [i]
    ("sess- ek_", r"sess-[A-Za-z0-9]{30,}|ek_[A-Za-z0-9]{24,}"),  # OpenAI's own sessions [i]
    # Groq, Cerebras, Hugging Face, Replicate, Fireworks, LangSmith, Pinecone, Tavily, … [g, i]
    (
        (
            "gsk_ csk_ hf_ api_org_ r8_ fw_ tgp_v1_ lsv2_ pcsk_ jina_ e2b_ phc_ phx_ bb_live_ "
            "pk_ nvapi_ llx_"
        ),
        (
            r"(?:gsk|csk|hf|api_org|r8|fw|tgp_v1|lsv2_[ps][kt]|pcsk|jina|e2b|ph[cx]|bb_live|pk|nvapi|llx)"
            # A key of Hugging Face has letters only [g]: so many without a break are no word.
            r"_(?=[A-Za-z_-]{0,80}[0-9])[A-Za-z0-9_-]{20,}|(?:hf|api_org)_[A-Za-z]{30,}"
        ),
    ),
    (
        "csk- xai- pplx- nvapi- tvly- fc- voyage- pa- llx- fal-",
        (
            r"fc-[a-f0-9]{30,}|pa-[A-Za-z0-9_-]{40,}|(?:csk|xai|pplx|nvapi|tvly(?:-dev|-prod)?|voyage|llx|fal)-"
            r"(?=[A-Za-z_-]{0,80}[0-9])[A-Za-z0-9_][A-Za-z0-9_-]{19,}"
        ),
    ),
    # --- Code hosts and package registries ---
    ("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{30,}"),  # GitHub [g, d]
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,}"),  # [g]
    (
        (
            "glpat- gldt- glft- glsoat- glrt- glcbt- glimt- glptt- glagent- gloas- glffct- "
            "glwt- GR1348941"
        ),  # GitLab [g, d]
        (
            r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas|ffct|wt)-[A-Za-z0-9_.-]{18,}"
            r"|GR1348941[A-Za-z0-9_-]{18,}"
        ),
    ),
    (  # Bitbucket, Atlassian [g, i]
        "ATBB ATATT3 ATCTT3",
        r"ATBB[A-Za-z0-9]{24,}|AT[AC]TT3[A-Za-z0-9_=-]{30,}",
    ),
    ("pypi-", r"pypi-(?=[A-Za-z_-]{0,80}[0-9])[A-Za-z0-9_-]{16,}"),  # [g]
    ("npm_", r"npm_(?=[A-Za-z]{0,40}[0-9])[A-Za-z0-9]{30,}"),  # [g]
    ("rubygems_", r"rubygems_[a-f0-9]{32,}"),  # [g]
    ("dckr_pat_ dckr_oat_", r"dckr_[po]at_[A-Za-z0-9_-]{20,}"),  # Docker Hub [i]
    ("oy2", r"oy2[a-z0-9]{43}"),  # NuGet [g]
    ("AKCp cmVmd", r"AKCp[A-Za-z0-9]{40,}|cmVmd[A-Za-z0-9]{40,}"),  # Artifactory [g, d]
    # --- Clouds ---
    (  # AWS [g, d]
        "AKIA ASIA ABIA ACCA A3T",
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}(?![A-Za-z0-9])",
    ),
    (
        "ABSK bedrock-api-key-",  # Amazon Bedrock [g]
        r"ABSK[A-Za-z0-9+/=]{40,}|bedrock-api-key-[A-Za-z0-9+/=]{20,}",
    ),
    (  # Google [g, i]
        "AIza ya29. 1//0 GOCSPX- AQ.",
        (
            r"AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_.-]{20,}|1//0[A-Za-z0-9_-]{20,}"
            r"|GOCSPX-[A-Za-z0-9_-]{20,}|AQ\.[A-Za-z0-9_-]{30,}"
        ),
    ),
    ("Q~", r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}"),  # Azure AD [g]
    (
        "AccountKey= SharedAccessKey= sig=",  # Azure Storage and Service Bus [d, i]
        r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{40,}|sig=[A-Za-z0-9%+/=_-]{30,}",
    ),
    ("JQQJ99", r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{10,}"),  # Azure AI and DevOps [i]
    ("LTAI AKID", r"LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{28,}"),  # Alibaba, Tencent [g, i]
    ("doo_v1_ dop_v1_ dor_v1_", r"do[opr]_v1_[A-Za-z0-9]{30,}"),  # DigitalOcean [g]
    ("v1.0-", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{60,}"),  # Cloudflare Origin CA [g]
    ("HRKU-", r"HRKU-[A-Za-z0-9_-]{30,}"),  # Heroku [g]
    (
        "fo1_ fm1 fm2",
        r"fo1_[A-Za-z0-9_-]{30,}|fm[12][ar]?_[A-Za-z0-9+/=,_-]{30,}",
    ),  # Fly [g]
    ("hvs. hvb. hvr.", r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),  # HashiCorp Vault [g]
    ("atlasv1", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}"),  # Terraform [g]
    # Keys of Vercel, Netlify, Render, Databricks, Pulumi and Supabase [g, i]
    (
        "vcp_ vck_ vci_ vcr_ vca_ nfp_ rnd_",
        r"(?:vc[pkira]|nfp|rnd)_[A-Za-z0-9]{24,}",
    ),
    ("dapi pul-", r"dapi[a-f0-9]{32}(?:-[0-9])?|pul-[a-f0-9]{40}"),
    (
        "sbp_ sb_secret_ pscale_",
        (
            r"sbp_[A-Za-z0-9_]{32,}|sb_secret_[A-Za-z0-9_-]{20,}"
            r"|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}"
        ),
    ),
    # --- Other services ---
    (
        "xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-",  # Slack [g, d]
        r"xox[abcdeoprs](?:\.xox[bp])?-[A-Za-z0-9%-]{10,}|xapp-[A-Za-z0-9-]{20,}",
    ),
    ("hooks.slack.com/", r"hooks\.slack\.com/(?:[a-z]+)/[A-Za-z0-9+/_-]{20,}"),  # [g, d]
    ("/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{30,}"),  # [i]
    (
        "sk_live sk_test sk_prod rk_live rk_test rk_prod pk_live pk_test whsec_",  # Stripe [g, d]
        r"[rsp]k_(?:live|test|prod)_[A-Za-z0-9]{14,}|whsec_[A-Za-z0-9+/=]{24,}",
    ),
    ("SG.", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),  # SendGrid [g, d]
    ("SK AC", r"(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])"),  # Twilio [g, d]
    (
        "key- -us re_ xkeysib-",  # Mailgun, Mailchimp, Resend, Brevo [g, d]
        (
            r"key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2}(?![0-9])|re_[A-Za-z0-9]{6,}_[A-Za-z0-9]{20,}"
            r"|xkeysib-[a-f0-9]{40,}[A-Za-z0-9-]*"
        ),
    ),
    (":AA", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}"),  # Telegram [g, d]
    (  # Discord: base64 of a number, a time, a digest [g, d]
        "MT MD Mj Mz ND NT Nj Nz OD OT",
        r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    ),
    (
        "shpat_ shpca_ shppa_ shpss_",
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    ),  # Shopify [g]
    (
        "lin_api_ lin_oauth_ ntn_ secret_ figd_ PMAK-",
        (
            r"lin_(?:api|oauth)_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}"
            r"|figd_[A-Za-z0-9_-]{30,}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}"
        ),  # Linear, Notion, … [g, i]
    ),
    (
        "glc_ glsa_ NRAK- sntrys_ sntryu_ tskey- dp.pt. dp.st.",
        (
            r"glc_[A-Za-z0-9+/=]{32,}|glsa_[A-Za-z0-9]{20,}_[A-Fa-f0-9]{8}|NRAK-[A-Z0-9]{27}"
            r"|sntry[us]_[A-Za-z0-9+/=_.-]{40,}|tskey-[a-z]+-[A-Za-z0-9-]{20,}"
            r"|dp\.[ps]t\.[A-Za-z0-9._-]{40,}"
        ),  # Grafana, New Relic, Sentry, Tailscale, Doppler [g]
    ),
    (
        # Square, 1Password, age [g]
        "EAAA sq0atp- sq0csp- ops_eyJ A3- AGE-SECRET-KEY-1",
        (
            r"EAAA[A-Za-z0-9_-]{50,}|sq0(?:atp|csp)-[A-Za-z0-9_-]{20,}|ops_eyJ[A-Za-z0-9+/=_-]{40,}"
            r"|A3-[A-Z0-9]{6}-[A-Z0-9-]{26,}|AGE-SECRET-KEY-1[A-Z0-9]{40,}"
        ),
    ),
    # --- JSON web tokens; the last part may be cut off [g, d] ---
    ("eyJ", r"eyJ[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_.+/=-]*)?"),
)
# By the first two characters of each literal: it, and the number of its rule.
_LITERALS: dict[str, list[tuple[str, int]]] = {}
for _number, (_literals, _) in enumerate(_TABLE):
    for _literal in _literals.split():
        _LITERALS.setdefault(_literal[:2], []).append((_literal, _number))
_PAIRS = frozenset(_LITERALS)
# Rules that are no word, or in the middle of one.
_KEYS = (
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*|PuTTY-User-Key-File-[\s\S]*"  # [g, d]
)
# A URL's name and password (RFC 3986), or a long token in the place of both [d].
_URL = r"(?<=://)(?:[^\s/?#:@]{0,256}:[^\s/@]{1,256}|[A-Za-z0-9_-]{20,256})(?=@)"
# Values that are secret by their place [g: generic-api-key, curl-auth-header; d: keyword].
_HEADER = (
    r"((?i:authorization[\"']?\s?[:=]\s?[\"']?(?:basic|bearer|token|digest|apikey)?"
    r"|(?<![a-z])bearer|(?<![a-z])x-[a-z-]{0,20}(?:key|token)[\"']?\s?:)\s?[\"']?)"
    r"(?=[^\s\"',;]{0,256}[0-9+/=])[^\s\"',;\[]{8,}"
)
_ASSIGNED = (
    r"((?i:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|credentials?"
    r"|(?:access|auth|refresh|bearer|api|client|bot|deploy|personal|private|account|encryption)"
    r"[_-]?(?:token|secret|key))[\"']?\s?(?::=|=>|[:=])\s?[\"']?)"
    # With a letter and a digit, as "password: required" has not.
    r"(?=[^\s\"',;&]{0,256}[0-9])(?=[^\s\"',;&]{0,256}[A-Za-z])[^\s\"',;&\[]{6,}"
)
_SECRET_NAMES = ("pass", "pwd", "secret", "credential", "token", "key", "bearer", "authorization")

# The shortest of them all is a URL: ``s://:p@``. The shortest word with a format has 15 characters.
_SHORTEST = 8
_LONG_WORD = 15
# Names of models, skills and tools come again and again.
_REMEMBERED = 2048
_SHORT = 64
# No text is known that a third one changes.
_PASSES = 4


def mask(text: str) -> str:
    """`text` with every credential in a known format replaced by ``[masked]``."""
    if len(text) < _SHORTEST:
        return text
    return _mask_short(text) if len(text) <= _SHORT else _mask(text)


def _mask(text: str) -> str:
    # What a mask leaves can have a form of its own: a password with a slash in it, in a URL.
    for _ in range(_PASSES):
        masked = _masked_once(text)
        if masked == text:
            break
        text = masked
    return text


def _masked_once(text: str) -> str:
    if len(max(text.split(), key=len, default="")) >= _LONG_WORD:
        for rule in _rules_for(text):
            text = _compiled(rf"(?<![A-Za-z0-9])(?:{rule})").sub(_MASK, text)
    if "://" in text and "@" in text:
        text = _compiled(_URL).sub(_MASK, text)
    if "-----BEGIN" in text or "PuTTY-User-Key-File-" in text:
        text = _compiled(_KEYS).sub(_MASK, text)
    if ":" in text or "=" in text or "earer" in text or "EARER" in text:
        lower = text.lower()
        for name in _SECRET_NAMES:
            if name in lower:
                text = _compiled(_HEADER).sub(_keep_name, text)
                return _compiled(_ASSIGNED).sub(_keep_name, text)
    return text


def _rules_for(text: str) -> list[str]:
    """The rules whose literals are in a text, in the order of the table."""
    # To look for each literal takes four times as long, and many texts are ids that come once.
    pairs = _PAIRS.intersection(map(concat, text, text[1:]))
    if not pairs:
        return []
    found = {rule for pair in pairs for literal, rule in _LITERALS[pair] if literal in text}
    return [_TABLE[rule][1] for rule in sorted(found)]


def _keep_name(found: re.Match[str]) -> str:
    return found[1] + _MASK


_compiled = cache(re.compile)
_mask_short = lru_cache(_REMEMBERED)(_mask)
