"""The section `patterns`."""
