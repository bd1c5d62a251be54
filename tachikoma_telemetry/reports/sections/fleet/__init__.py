"""The section `fleet`."""
