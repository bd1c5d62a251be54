"""Handing the unified records to an OpenTelemetry backend: `exporting` is where to begin."""
