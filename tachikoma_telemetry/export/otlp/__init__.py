"""Handing the unified records to an OpenTelemetry backend: `otlp_export` is where to begin."""
