"""Times that the merge and the reports share."""

# How long a session may be silent before an unfinished call or run in it counts as abandoned (ms).
ABANDONED_AFTER_MS = 6 * 3600 * 1000

# Later than every time (ms).
FOREVER = 2**63 - 1
