"""The section `intents`."""
