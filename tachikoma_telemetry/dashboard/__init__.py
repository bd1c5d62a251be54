"""The dashboard: what is happening now, and the rows behind any number, in a terminal.

    board_origin what the command line gives it: the store, how to merge, what the doctor finds
    follower     looks once a second whether the sources changed, and merges what is new
    store_reader reads the store in a thread of its own
    fields       what a list shows of a row, what that means, and how it sorts
    columns      the columns that there is room for, and how wide they are
    row_list     the list widget: it draws only what is on the screen
    paged_list   the same, for rows that are read a page at a time
    lists        the columns of every list
    *_view       the five screens
    rows_screen  the rows behind a number, and the timeline of a session
    one_heap     one heap for all threads
    live_desk    when the sources are looked at, and the screen is read again
    application  the app: keys, header, footer

Numbers come from `reports` alone: its sections, and `reports.drilldown`. Texts reach Textual as
`rich.text.Text` or segments, never as markup, so no name can act. No other room imports Textual.
"""
