"""What must never be written, and the honest words that must be."""

from __future__ import annotations

import string
import uuid
from pathlib import Path
from random import Random

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.testing import capture
from tachikoma_telemetry.vocabulary.credentials import mask

_A = "a1B2" * 12

SECRETS = [
    f"sk-{_A}",
    f"sk-proj-{_A}",
    f"sk-ant-api03-{_A}",
    f"sk-or-v1-{_A}",
    f"gsk_{_A}",
    f"xai-{_A}",
    f"ghp_{_A[:36]}",
    f"github_pat_{_A}",
    f"glpat-{_A[:20]}",
    "xoxb-1234567890-abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    f"AIza{_A[:35]}",
    f"hf_{_A[:34]}",
    "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",
    f"npm_{_A[:36]}",
    f"sk_live_{_A[:24]}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:9])
def test_a_credential_is_masked_wherever_a_text_may_be(secret: str) -> None:
    """A credential in a documented format is masked wherever a text may stand."""
    with capture() as events:
        telemetry.retry(reason=f"with {secret}", note=secret)
        telemetry.iteration(stage=secret, failed_criteria=[f"a {secret}"])
        telemetry.retry(reason="x" * 240 + " " + secret)
        with telemetry.skill_run("x", session_id=secret, model=secret):
            pass
    assert secret not in str(events)
    assert secret[:12] not in str(events)
    assert "with [masked]" == events[0]["reason"]


def test_private_keys_go_and_names_and_passwords_of_urls() -> None:
    """A private key goes from its first line on; of a URL, name and password go."""
    pem = "key: -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
    assert "key: [masked]" == mask(pem)
    assert "postgres://[masked]@db/x" == mask("postgres://me:secret@db/x")
    assert "s://[masked]@h" == mask("s://:p@h")


@pytest.mark.parametrize(
    "honest",
    [
        "token budget of the session",
        "session_token_count",
        "risk-assessment-of-the-whole-plan-in-detail",
        "sk-learn-pipelines-for-the-impatient",
        "task-internationalisationofeverything",
        "skill_api_key_rotation",
        "https://example.org:8080/a@b",
        "password",
        "eyJ",
        "run_0123456789abcdef01234567",
    ],
)
def test_words_that_sound_secret_are_kept(honest: str) -> None:
    """Words that merely sound secret are kept as they are."""
    assert honest == mask(honest)


def _of(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(length))


_HEX, _UPPER, _DIGITS = "0123456789abcdef", string.ascii_uppercase + "234567", string.digits
_WORD = string.ascii_letters + string.digits
_URL_WORD = _WORD + "-_"

# What docs/privacy.md names, in the shapes that the issuers give them: a template, the alphabet and
# the length of what is secret in it.
SHAPES = [
    # keys of the model providers
    *[
        (f"{prefix}{{}}", _URL_WORD, length)
        for prefix, length in (
            *(("sk-proj-", 156), ("sk-ant-api03-", 95), ("sk-ant-oat01-", 95), ("sk-or-v1-", 64)),
            *(("sk-svcacct-", 120), ("sk-admin-", 100), ("sk-lf-", 36), ("xai-", 80)),
            *(("nvapi-", 64), ("AIza", 35), ("ya29.", 120), ("GOCSPX-", 28), ("pa-", 43)),
        )
    ],
    *[
        (f"{prefix}{{}}", _WORD, length)
        for prefix, length in (
            *(("sk-", 48), ("gsk_", 52), ("csk-", 48), ("hf_", 34), ("r8_", 37), ("fw_", 24)),
            *(("pplx-", 48), ("tvly-", 32), ("pcsk_", 60), ("jina_", 60), ("tgp_v1_", 43)),
            ("e2b_", 40),
        )
    ],
    ("sk-{}", _HEX, 32),  # DeepSeek
    *[(f"{prefix}{{}}", string.ascii_letters, 34) for prefix in ("hf_", "api_org_")],  # no digits
    ("fc-{}", _HEX, 32),
    ("lsv2_pt_{}", _HEX, 42),
    # code hosts and registries
    *[
        (f"{prefix}{{}}", _WORD, length)
        for prefix, length in (
            *(("ghp_", 36), ("gho_", 36), ("ghu_", 36), ("ghs_", 36), ("ghr_", 76)),
            *(("npm_", 36), ("ATBB", 32), ("dckr_pat_", 27), ("AKCp", 69), ("ATATT3", 186)),
        )
    ],
    ("github_pat_{}", _WORD + "_", 82),
    *[(f"{p}{{}}", _URL_WORD, 20) for p in ("glpat-", "gldt-", "glrt-", "glptt-", "GR1348941")],
    ("pypi-AgEIcHlwaS5vcmc{}", _URL_WORD, 120),
    ("rubygems_{}", _HEX, 48),
    ("oy2{}", "abcdefghijklmnopqrstuvwxyz234567", 43),
    # cloud keys
    *[(f"{prefix}{{}}", _UPPER, 16) for prefix in ("AKIA", "ASIA", "ABIA", "ACCA")],
    ("AWS_SECRET_ACCESS_KEY={}", _WORD + "/+", 40),
    ("aws_secret_access_key = {}", _WORD + "/+", 40),
    ("1//0{}", _URL_WORD, 60),
    ("abc8Q~{}", _WORD + "_~.-", 34),
    ("AccountKey={}==", _WORD + "+/", 86),
    ("LTAI{}", _WORD, 20),
    *[(f"{prefix}{{}}", _HEX, 64) for prefix in ("dop_v1_", "doo_v1_")],
    ("hvs.{}", _URL_WORD, 90),
    ("dapi{}", _HEX, 32),
    ("sbp_{}", _HEX, 40),
    ("sb_secret_{}", _URL_WORD, 31),
    # other services
    ("xoxb-{}", _DIGITS + "abcdef-", 50),
    ("xoxp-{}", _DIGITS + "abcdef-", 70),
    ("xapp-1-{}", _DIGITS + "ABCDEF-", 60),
    ("https://hooks.slack.com/services/T0/B0/{}", _WORD, 24),
    *[(f"{p}{{}}", _WORD, 24) for p in ("sk_live_", "sk_test_", "rk_live_", "pk_live_")],
    ("whsec_{}", _WORD, 32),
    ("SG.abcdefghijklmnop_A1-22.{}", _URL_WORD, 43),
    ("SK{}", _HEX, 32),
    ("key-{}", _HEX, 32),
    ("{}-us12", _HEX, 32),
    ("1234567890:AA{}", _URL_WORD, 33),
    ("shpat_{}", _HEX, 32),
    ("lin_api_{}", _WORD, 40),
    ("ntn_{}", _WORD, 46),
    ("figd_{}", _URL_WORD, 40),
    # JSON web tokens, private keys, URLs, headers and assignments
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{}", _URL_WORD, 43),
    ("-----BEGIN OPENSSH PRIVATE KEY----- {}", _WORD + "+/", 200),
    ("-----BEGIN PRIVATE KEY-----\n{}", _WORD + "+/", 200),
    ("postgres://me:{}@db.example.org/x", _WORD + "!$", 16),
    ("https://oauth2:{}@example.org/x.git", _WORD, 20),
    ("https://{}@example.org/x.git", _WORD, 40),
    ("redis://:{}@cache:6379", _WORD, 12),
    ("Authorization: Bearer {}", _URL_WORD, 40),
    ("Authorization: Basic {}=", _WORD, 39),
    ("bearer {}", _URL_WORD, 40),
    ("x-api-key: {}", _WORD, 32),
    *[
        (f"{name}{{}}", _WORD, 24)
        for name in (
            *("password=", "PASSWORD: ", "passwd=", 'password="', "DB_PASSWORD=", "pwd="),
            *("api_key=", "apikey: ", "API-KEY=", '"api_key": "', "OPENAI_API_KEY="),
            *("access_token=", "client_secret=", "refresh_token: ", "secret=", "auth_token="),
        )
    ],
]
PLACES = ("{}", "401 from {}", "({})", "Incorrect API key provided: {}.", "key={}&x=1", '"{}"')


@pytest.mark.slow
def test_shapes_that_the_documentation_names() -> None:
    """Of 20 invented credentials of each shape, in every place, at least 95 % are masked."""
    random, missed, number = Random(7), [], 0
    for template, alphabet, length in SHAPES:
        for _ in range(20):
            for place in PLACES:
                secret = _of(random, alphabet, length)
                masked = mask(place.format(template.format(secret)))
                number += 1
                if secret in masked or secret[:8] in masked:
                    missed.append(template)
    assert len(missed) <= number * 0.05, sorted(set(missed))
    # No shape is missed for good.
    assert [] == [shape for shape, *_ in SHAPES if missed.count(shape) > 60]


def _harmless() -> list[str]:
    """Names, ids, paths, numbers and sentences that a skill may hand over."""
    random = Random(7)
    uuids = [str(uuid.UUID(int=random.getrandbits(128))) for _ in range(40)]
    hexes = [_of(random, _HEX, length) for length in (7, 12, 16, 20, 24, 32, 40, 64)]
    ids = [
        f"{prefix}_{_of(random, _WORD, 26)}"
        for prefix in ("ses", "msg", "prt", "call", "toolu", "run", "edit", "chatcmpl", "fc", "evt")
    ]
    skills = [
        *("code-agent", "risk-assessment-of-the-whole-plan-in-detail", "desk-research-2026"),
        *("sk-learn-pipelines-for-the-impatient", "skill_api_key_rotation", "token-budget-keeper"),
        *("secret-santa-planner", "password-policy-review", "sk-translations", "task-force-141"),
        *("pk-fields-in-django-models", "key-value-store-migration", "re_rank_the_search_results"),
        *("fc-barcelona-match-report-2026-11", "pa-system-announcements-for-2026-release"),
        *("hf_transformers_fine_tuning", "gsk_pharma_reports", "npm_package_release_checklist"),
    ]
    models = [
        *("anthropic/claude-sonnet-4-5-20250929", "openai/gpt-5.1-codex-max-2026-01-15"),
        *("openrouter/meta-llama/llama-3.3-70b-instruct:free", "zai/glm-4.7", "hf:Qwen/Qwen3-480B"),
        *(
            "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0",
            "google/gemini-2.5-pro-preview-06-05",
        ),
    ]
    sentences = [
        *("password: required", "token budget: 50000", "max_tokens=4096", "secret: none given"),
        *(
            "the api key is missing",
            "api_key=missing",
            "tokens: 81234567",
            "key: value",
            "pwd=/tmp",
        ),
        *(
            "session_token_count=12",
            "no bearer token was sent",
            "Bearer token required",
            "access denied",
        ),
        *(
            "authorization: required by rule 7",
            "passed: 12, failed: 3",
            "passing=11",
            "monkey=banana12",
        ),
        *("keyboard: qwerty2", "the password is wrong", "invalid credentials: try again"),
        *("https://example.org:8080/a@b", "https://example.org/@scope/package", "user@example.org"),
        *("git@github.com:owner/repository.git", "s3://bucket/key-2026-11-26/part-00000.parquet"),
        *("TypeError: undefined is not a function", "exit 137", "HTTP 401 Unauthorized", "SIGKILL"),
        *("AKIA is a prefix", "eyJ", "BEGIN PRIVATE KEY", "-----BEGIN CERTIFICATE-----", "SG.1.2"),
    ]
    paths = [
        *(
            "/home/user/project/.opencode/skills/code-agent/scripts/run_2026.py",
            "src/api_key.py:123",
        ),
        *(
            "C:\\Users\\user\\AppData\\Local\\Temp\\pip-build-env-1a2b3c4d",
            "tests/test_tokens_2.py",
        ),
        *("tachikoma_telemetry/merge/metrics/named_runs.py", "node_modules/@types/node/index.d.ts"),
    ]
    dates = ["2026-11-26T22:13:00.123456Z", "20261126T221300Z", "v1.18.33-beta.2+build.20261126"]
    digests = [f"sha256:{_of(random, _HEX, 64)}", f"sha512-{_of(random, _WORD + '+/', 86)}=="]
    return [*uuids, *hexes, *ids, *skills, *models, *sentences, *paths, *dates, *digests]


def test_of_harmless_words_few_are_masked() -> None:
    """Of names, ids, paths and sentences, at most 2 % are masked."""
    harmless = _harmless()
    wrong = [text for text in harmless if mask(text) != text]
    assert len(wrong) <= len(harmless) * 0.02, wrong


def test_masking_twice_changes_nothing() -> None:
    """What was masked holds no credential."""
    random = Random(7)
    for template, alphabet, length in SHAPES:
        masked = mask("with " + template.format(_of(random, alphabet, length)))
        assert masked == mask(masked)


def test_what_a_mask_leaves_is_masked() -> None:
    """The password of a URL, whose beginning alone is the value of a key."""
    masked = mask("https://api_key:a1B2c3D4e5F6/[9DQacx@host")
    assert masked == mask(masked)
    assert "9DQacx" not in masked


def test_masking_takes_time_by_the_length() -> None:
    """No text keeps it busy: what is recorded is at most 1,024 characters when it is masked."""
    for piece in ("a-", "key_", "sk-", "password=", "://", "eyJ", "xoxb-", "bearer ", ".", "AKIA"):
        assert mask(piece * 20_000)


def test_nothing_of_the_body_is_recorded(project: Path) -> None:
    """Neither an exception's message, nor a path, nor an argument of the skill is written."""

    @telemetry.skill_run("x")
    def skill(argument: str) -> None:
        raise ValueError(f"could not open {argument}")

    with pytest.raises(ValueError):
        skill("/home/somebody/plan.txt")
    content = (project / ".opencode" / "telemetry" / "metrics.json").read_text()
    assert "plan" not in content
    assert str(project) not in content
