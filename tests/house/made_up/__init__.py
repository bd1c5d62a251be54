"""Additions that nobody needs, to show how small one is."""
