"""The section `findings`."""
