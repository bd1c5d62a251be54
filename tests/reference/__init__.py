"""A second implementation of what the numbers mean, held against the reports.

    histories   random histories of OpenCode 1.x and of skill code, as a list of pieces
    facts       what stands in the databases and journals, read row by row
    joined      which of them count, and what each event and message belongs to
    counts      the numbers, in plain slow Python, by the definitions of docs/reports
    hold        merging a history in several ways, and comparing

`facts`, `joined` and `counts` import nothing of `tachikoma_telemetry.merge` or `.reports`: they
would share its mistakes. ``python -m tests.reference 1000`` looks at a thousand histories and says
what differs; with ``--smallest`` it shows the fewest pieces of a history in which it does.
"""
