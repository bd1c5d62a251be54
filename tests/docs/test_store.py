"""The description of the store is that of the store."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def test_the_tables_described_are_the_tables_made() -> None:
    """docs/unified-store.md ends with the schema that the merge executes."""
    page = (Path(__file__).parents[2] / "docs" / "unified-store.md").read_text(encoding="utf-8")
    schema = files("tachikoma_telemetry.store").joinpath("schema.sql").read_text("utf-8")

    assert page.endswith(f"```sql\n{schema}```\n")
