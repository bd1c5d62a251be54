"""The best edit format of a model, for programs that choose one."""

from __future__ import annotations

from pathlib import Path

from .. import project
from ..store.store import store_at
from .build import build
from .section import MINIMUM_ATTEMPTS
from .selection.filters import Filters


def best_format(
    model: str, *, store: Path | str | None = None, minimum: int = MINIMUM_ATTEMPTS
) -> str | None:
    """The best edit format with `model`: the only one in use, or clearly ahead of every other one.

    None when there is not enough data, or no clear lead.

    Args:
        model: the model, with or without its provider.
        store: the unified store; None is the current project's.
        minimum: edits that a format has to begin before it is compared.

    Raises:
        StoreError: when there is a store, but it can't be read.
    """
    path = Path(store) if store is not None else project.store_path(project.find_root())
    if not path.exists():
        return None
    with store_at(path) as connection:
        report = build(connection, "edits", Filters(model=model), minimum=minimum)
    return next((row.format for row in report.parts["best_formats"]), None)
