"""The section `check`."""
