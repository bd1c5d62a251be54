"""The section `tools`."""
