"""The section `legacy`."""
