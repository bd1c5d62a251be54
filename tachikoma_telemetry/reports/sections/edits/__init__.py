"""The section `edits`."""
