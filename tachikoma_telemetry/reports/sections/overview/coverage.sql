-- coverage: one row: how much of the history is measured, and why the rest is not.
WITH seen_sessions AS (
    SELECT count(*) AS sessions FROM sessions
),
-- Only a copy does not count, and copies have an index: the others are not looked at one by one.
seen_copies AS (
    SELECT count(*) AS copies FROM calls
    WHERE copied = 1 AND counted = 0 AND (tool IS NOT NULL OR skill IS NULL)
),
seen_calls AS (
    SELECT count(*) AS calls FROM calls
),
-- A load by the user is no tool call.
seen_loads AS (
    SELECT count(*) AS loads FROM calls WHERE tool IS NULL AND skill IS NOT NULL
),
seen_events AS (
    SELECT
        count(*) AS events,
        coalesce(sum(CASE WHEN match = 'exact' THEN 1 ELSE 0 END), 0) AS exact,
        coalesce(sum(CASE WHEN match = 'inferred' THEN 1 ELSE 0 END), 0) AS inferred,
        coalesce(sum(CASE WHEN match = 'orphan' THEN 1 ELSE 0 END), 0) AS orphan,
        coalesce(sum(CASE WHEN match = 'ambiguous' THEN 1 ELSE 0 END), 0) AS ambiguous,
        coalesce(sum(CASE WHEN match = 'none' THEN 1 ELSE 0 END), 0) AS none_fits
    FROM events
),
unread AS (
    SELECT coalesce(sum(malformed), 0) AS malformed FROM merge_state
)
SELECT
    s.sessions,
    c.calls - l.loads - p.copies AS calls,
    p.copies,
    e.events,
    e.exact,
    e.inferred,
    e.orphan,
    e.ambiguous,
    e.none_fits AS none,
    u.malformed
FROM seen_sessions s
CROSS JOIN seen_calls c
CROSS JOIN seen_loads l
CROSS JOIN seen_copies p
CROSS JOIN seen_events e
CROSS JOIN unread u
