-- call_outcomes: the calls that never ended and never will, over the whole store: a filter must not
-- hide the message that shows it. Never stored, for it depends on when one looks.
--   call_key   an unfinished call with a later message of the model in its session (what a user
--              writes meanwhile waits), or in a session where nothing changed for 6 hours
--              (21600000 ms) before parameters.now
--   outcome    abandoned
WITH open_calls AS (
    SELECT c.call_key, c.session_id, coalesce(c.started, m.created) AS since
    FROM calls c LEFT JOIN messages m ON m.message_id = c.message_id
    WHERE c.outcome = 'running'
),
open_sessions AS (
    SELECT DISTINCT session_id FROM open_calls
),
changes AS (
    SELECT
        m.session_id,
        CASE WHEN m.role = 'assistant' THEN m.created END AS created,
        coalesce(m.updated, m.created) AS changed
    FROM messages m JOIN open_sessions o ON o.session_id = m.session_id
    UNION ALL
    SELECT c.session_id, NULL, coalesce(c.updated, c.ended, c.started)
    FROM calls c JOIN open_sessions o ON o.session_id = c.session_id
    UNION ALL
    SELECT s.session_id, NULL, coalesce(s.updated, s.created)
    FROM sessions s JOIN open_sessions o ON o.session_id = s.session_id
),
latest AS (
    SELECT session_id, max(created) AS message, max(changed) AS change
    FROM changes
    GROUP BY session_id
)
SELECT o.call_key, 'abandoned' AS outcome
FROM open_calls o
JOIN latest l ON l.session_id = o.session_id
CROSS JOIN parameters p
WHERE l.message > o.since OR l.change <= p.now - 21600000
