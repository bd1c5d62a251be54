"""The stores whose exports the engines read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from ..goldens import histories
from .same_report import together, unknown


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, sqlite3.Connection]]:
    """The stores of the histories, and `all` of them in one, made once."""
    with histories(tmp_path_factory.mktemp("histories")) as made:
        stores = made | {"unknown": unknown().connection}
        yield stores | {"all": together(stores.values())}
