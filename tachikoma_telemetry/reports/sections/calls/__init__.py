"""The section `calls`."""
