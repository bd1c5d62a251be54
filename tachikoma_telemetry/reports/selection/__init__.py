"""What a report is about: the filters, and the views and tables that put them into effect."""
