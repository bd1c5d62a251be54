"""The section `iterations`."""
