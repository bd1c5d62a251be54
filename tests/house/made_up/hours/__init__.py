"""The section `hours`."""
