"""The section `skills`."""
