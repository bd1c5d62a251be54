"""What the tests of recording share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tachikoma_telemetry.testing import Captured, capture


@pytest.fixture
def events() -> Iterator[Captured]:
    """What a test records."""
    with capture() as captured:
        yield captured
