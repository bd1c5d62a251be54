"""What must never be written, and the honest words that must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.credentials import mask
from tachikoma_telemetry.testing import capture

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
    f"npm_{_A[:36]}",
    f"sk_live_{_A[:24]}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:9])
def test_masked(secret: str) -> None:
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


def test_keys_and_urls() -> None:
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
def test_honest_words(honest: str) -> None:
    """Words that merely sound secret are kept as they are."""
    assert honest == mask(honest)


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
