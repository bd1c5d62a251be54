"""The section `compare`."""
