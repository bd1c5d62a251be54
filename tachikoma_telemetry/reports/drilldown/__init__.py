"""The rows behind the numbers of a report, read page by page.

`listing` keeps the rows of one kind in a private temporary table, so that a page of a hundred
thousand is read in a millisecond; `kinds` are the kinds, `event_words` what an event says, `pulse`
what happens now and what needs a look. The dashboard shows them.
"""
