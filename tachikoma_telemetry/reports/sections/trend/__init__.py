"""The section `trend`."""
