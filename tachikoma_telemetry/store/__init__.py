"""The unified store: its tables, and how it is opened, created, migrated and thinned out."""
