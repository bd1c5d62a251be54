-- outside_windows: what happened while no skill was active, one row; none when nothing did, or when
-- no skill was loaded or run.
WITH idle_messages AS (
    SELECT
        count(*) AS messages,
        sum(tokens_input) AS tokens_input,
        sum(tokens_output) AS tokens_output,
        sum(tokens_cache_read) AS tokens_cache_read,
        sum(CAST(cost AS BIGINT))
            + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost
    FROM messages
    WHERE counted = 1 AND role IN ('assistant', 'compaction') AND active_skill IS NULL
),
idle_calls AS (
    SELECT
        count(*) AS calls,
        coalesce(sum(CASE WHEN outcome IN ('failed', 'timed_out', 'invalid') THEN 1 ELSE 0 END), 0)
            AS failed_calls
    FROM calls
    WHERE counted = 1 AND active_skill IS NULL AND (tool IS NOT NULL OR skill IS NULL)
)
SELECT
    m.messages, c.calls, c.failed_calls, m.tokens_input, m.tokens_output, m.tokens_cache_read,
    m.cost
FROM idle_messages m
CROSS JOIN idle_calls c
WHERE (m.messages > 0 OR c.calls > 0) AND EXISTS (SELECT 1 FROM skill_metrics)
