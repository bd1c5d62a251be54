"""The section `overview`."""
