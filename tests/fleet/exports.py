"""Exports of stores that tests make."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from tachikoma_telemetry.fleet.fleet_folder import FleetFolder
from tachikoma_telemetry.fleet.writer import ExportRequest, ExportSummary, export


def export_as(
    machine: str, store: sqlite3.Connection, folder: Path | str, **about: Any
) -> ExportSummary:
    """Export a store as that of a machine."""
    about = {"machine_id": f"id of {machine}", "person": machine, **about}
    request = ExportRequest(machine, **about)
    return export(store, FleetFolder(str(folder)), request)
