"""The section `rlm`."""
