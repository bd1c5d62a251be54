"""Handing the unified records to other systems."""
