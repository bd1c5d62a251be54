-- sessions: one row a session, newest first. A session that another one began is a row of its own,
-- and its numbers are not in its parent's. What a fork copied counts in the session it was copied from.
WITH said AS (
    SELECT
        session_id,
        max(ended_last) AS ended,
        sum(CASE WHEN role IN ('assistant', 'compaction') THEN tokens_input END) AS tokens_input,
        sum(CASE WHEN role IN ('assistant', 'compaction') THEN tokens_output END) AS tokens_output,
        sum(CASE WHEN role IN ('assistant', 'compaction') THEN tokens_reasoning END) AS tokens_reasoning,
        sum(CASE WHEN role IN ('assistant', 'compaction') THEN tokens_cache_read END) AS tokens_cache_read,
        sum(CASE WHEN role IN ('assistant', 'compaction') THEN tokens_cache_write END) AS tokens_cache_write,
        -- As in store/message_sums.sql, so that the order of rows does not matter.
        sum(CASE WHEN role IN ('assistant', 'compaction') THEN CAST(cost AS BIGINT) END)
            + sum(CASE WHEN role IN ('assistant', 'compaction')
                  THEN CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT) END) / 1e12 AS cost
    FROM message_sums
    GROUP BY session_id
),
called AS (
    SELECT
        session_id, sum(calls) AS calls, max(ended_last) AS ended_last,
        sum(CASE WHEN outcome IN ('failed', 'timed_out', 'invalid') THEN calls ELSE 0 END) AS failed
    FROM call_sums
    GROUP BY session_id
),
used AS (
    SELECT session_id, count(DISTINCT skill) AS skills
    FROM skill_metrics
    WHERE counted = 1 AND (kind = 'run' OR outcome = 'succeeded')
    GROUP BY session_id
)
SELECT
    s.session_id AS session_id,
    s.title,
    s.directory,
    s.parent_id,
    s.parent_call_id AS parent_call,
    s.created AS started,
    CASE WHEN c.ended_last IS NULL OR m.ended > c.ended_last THEN m.ended
         ELSE c.ended_last END AS ended,
    coalesce(c.calls, 0) AS calls,
    coalesce(c.failed, 0) AS failed,
    coalesce(u.skills, 0) AS skills,
    m.tokens_input,
    m.tokens_output,
    m.tokens_reasoning,
    m.tokens_cache_read,
    m.tokens_cache_write,
    m.cost,
    s.todos,
    s.todos_completed,
    t.turns_succeeded,
    coalesce(t.turns_failed, 0) AS turns_failed,
    coalesce(t.turns_interrupted, 0) AS turns_interrupted
FROM sessions s
LEFT JOIN called c ON c.session_id = s.session_id
LEFT JOIN said m ON m.session_id = s.session_id
LEFT JOIN turns_by_session t ON t.session_id = s.session_id
LEFT JOIN used u ON u.session_id = s.session_id
ORDER BY s.created DESC NULLS LAST, s.session_id
