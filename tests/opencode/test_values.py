"""Ids are kept as they are, and a credential in the place of an id is masked as anywhere else."""

from __future__ import annotations

import pytest

from tachikoma_telemetry.opencode.values import text
from tachikoma_telemetry.vocabulary.credentials import mask

from ..recording.test_privacy import SECRETS


@pytest.mark.parametrize(
    "an_id",
    [
        "msg_019abcdef0127Zx9QwErTyUiOpAs",
        "toolu_01A2b3C4d5E6f7G8h9J0k1L2",
        "toolu_bdrk_01A2b3C4d5E6f7G8h9J0k1L2",
        "call_b2C4d5E6f7G8h9J0k1L2m3N4",
    ],
)
def test_an_id_is_kept_as_it_is(an_id: str) -> None:
    assert text(an_id) == an_id == mask(an_id)


@pytest.mark.parametrize("before", ["msg_", "toolu_", "toolu_01", "toolu_bdrk_", "call_"])
def test_a_credential_behind_the_beginning_of_an_id_is_masked(before: str) -> None:
    named = [before + secret for secret in SECRETS]

    assert [text(each) for each in named] == [mask(each)[:1000] for each in named]


def test_a_key_that_is_as_long_as_the_rest_of_an_id_is_masked() -> None:
    assert text("call_AKIA" + "B2C4" * 5) == "call_[masked]"
