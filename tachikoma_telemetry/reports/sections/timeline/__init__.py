"""The section `timeline`."""
