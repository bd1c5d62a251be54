"""The section `unused`."""
