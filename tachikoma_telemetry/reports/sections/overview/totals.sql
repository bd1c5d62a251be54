-- totals: one row: the whole in a few numbers. A fork's copies of calls and messages do not count.
--   finished  calls that succeeded or failed
WITH said AS (
    SELECT
        session_id, messages, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
        tokens_cache_write, cost, created_first, created_last,
        CASE WHEN coalesce(tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
                           tokens_cache_write) IS NOT NULL
             THEN coalesce(tokens_input, 0) + coalesce(tokens_output, 0)
                  + coalesce(tokens_reasoning, 0) + coalesce(tokens_cache_read, 0)
                  + coalesce(tokens_cache_write, 0)
        END AS tokens
    FROM message_sums
    WHERE role IN ('assistant', 'compaction')
),
messages_in_all AS (
    SELECT
        coalesce(sum(messages), 0) AS messages,
        sum(tokens_input) AS tokens_input,
        sum(tokens_output) AS tokens_output,
        sum(tokens_reasoning) AS tokens_reasoning,
        sum(tokens_cache_read) AS tokens_cache_read,
        sum(tokens_cache_write) AS tokens_cache_write,
        -- As in store/message_sums.sql, so that the order of rows does not matter.
        sum(CAST(cost AS BIGINT))
            + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost,
        max(created_last) - min(created_first) AS span
    FROM said
),
calls_in_all AS (
    SELECT
        coalesce(sum(calls), 0) AS calls,
        coalesce(sum(CASE WHEN outcome = 'succeeded' THEN calls ELSE 0 END), 0) AS s,
        coalesce(sum(CASE WHEN outcome IN ('failed', 'timed_out', 'invalid')
                     THEN calls ELSE 0 END), 0) AS failed,
        coalesce(sum(CASE WHEN outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
                     THEN calls ELSE 0 END), 0) AS n,
        coalesce(sum(CASE WHEN outcome = 'cancelled' THEN calls ELSE 0 END), 0) AS cancelled,
        coalesce(sum(CASE WHEN outcome = 'abandoned' THEN calls ELSE 0 END), 0) AS abandoned,
        coalesce(sum(CASE WHEN outcome = 'running' THEN calls ELSE 0 END), 0) AS running
    FROM calls_by_name
),
sessions_in_all AS (
    SELECT count(*) AS sessions FROM sessions
),
active AS (
    SELECT session_id FROM message_sums
    UNION
    SELECT session_id FROM call_sums
),
active_in_all AS (
    SELECT count(*) AS active_sessions FROM active
),
by_session AS (
    SELECT session_id, sum(tokens) AS tokens FROM said WHERE tokens IS NOT NULL GROUP BY session_id
),
ranked AS (
    SELECT tokens, row_number() OVER (ORDER BY tokens) AS rn, count(*) OVER () AS n
    FROM by_session
),
median AS (
    SELECT max(CASE WHEN rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n THEN tokens END) AS tokens
    FROM ranked
),
moments AS (
    SELECT created_first AS earliest, created_last AS latest FROM message_sums
    UNION ALL
    SELECT started_first, started_last FROM call_sums
    UNION ALL
    SELECT min(time), max(time) FROM events
),
turns AS (
    SELECT
        sum(turns_succeeded) AS turns_succeeded,
        coalesce(sum(turns_failed), 0) AS turns_failed,
        coalesce(sum(turns_interrupted), 0) AS turns_interrupted
    FROM turns_by_session
),
activity AS (
    SELECT min(earliest) AS first_activity, max(latest) AS last_activity FROM moments
)
SELECT
    s.sessions,
    a.active_sessions,
    m.messages,
    c.calls,
    c.s AS succeeded,
    c.failed,
    c.n AS finished,
    c.s * 1e0 / nullif(c.n, 0) AS success_rate,
    c.cancelled,
    c.abandoned,
    c.running,
    m.tokens_input,
    m.tokens_output,
    m.tokens_reasoning,
    m.tokens_cache_read,
    m.tokens_cache_write,
    m.cost,
    d.tokens AS tokens_per_session_median,
    -- The days begun; a history of one moment is one day.
    m.cost * 86400000e0 / CASE WHEN m.span > 0
        THEN m.span + 86399999 - (m.span + 86399999) % 86400000 ELSE 86400000 END AS cost_per_day,
    t.first_activity,
    t.last_activity,
    u.turns_succeeded,
    u.turns_failed,
    u.turns_interrupted
FROM messages_in_all m
CROSS JOIN calls_in_all c
CROSS JOIN sessions_in_all s
CROSS JOIN active_in_all a
CROSS JOIN median d
CROSS JOIN activity t
CROSS JOIN turns u
