-- outside_windows: what happened while no skill was active, one row; none when nothing did, or when
-- no skill was loaded or run.
WITH idle_messages AS (
    SELECT
        coalesce(sum(messages), 0) AS messages,
        sum(tokens_input) AS tokens_input,
        sum(tokens_output) AS tokens_output,
        sum(tokens_cache_read) AS tokens_cache_read,
        -- As in store/message_sums.sql, so that the order of rows does not matter.
        sum(CAST(cost AS BIGINT))
            + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost
    FROM message_sums
    WHERE role IN ('assistant', 'compaction') AND in_window = 0
),
idle_calls AS (
    SELECT
        coalesce(sum(calls), 0) AS calls,
        coalesce(sum(CASE WHEN outcome IN ('failed', 'timed_out', 'invalid') THEN calls ELSE 0 END), 0)
            AS failed_calls
    FROM call_sums
    WHERE in_window = 0
)
SELECT
    m.messages, c.calls, c.failed_calls, m.tokens_input, m.tokens_output, m.tokens_cache_read,
    m.cost
FROM idle_messages m
CROSS JOIN idle_calls c
WHERE (m.messages > 0 OR c.calls > 0) AND EXISTS (SELECT 1 FROM skill_metrics)
