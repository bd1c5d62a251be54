"""The sections of a report: one folder each, and one line here."""
