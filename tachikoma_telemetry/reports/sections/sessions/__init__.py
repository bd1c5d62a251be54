"""The section `sessions`."""
