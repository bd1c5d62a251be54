-- models: one row a model, as OpenCode names it (provider/model: prices differ by provider). Only
-- messages of the model, summaries of 2.x included; a fork's copies do not count.
WITH counts AS (
    SELECT
        model,
        sum(messages) AS messages,
        sum(tokens_input) AS tokens_input,
        sum(tokens_output) AS tokens_output,
        sum(tokens_reasoning) AS tokens_reasoning,
        sum(tokens_cache_read) AS tokens_cache_read,
        sum(tokens_cache_write) AS tokens_cache_write,
        -- As in store/message_sums.sql, so that the order of rows does not matter.
        sum(CAST(cost AS BIGINT))
            + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost,
        count(DISTINCT session_id) AS sessions,
        sum(errors) AS errors
    FROM message_sums
    WHERE role IN ('assistant', 'compaction')
    GROUP BY model
),
-- Nearest rank on equal durations together, as in tools.sql.
durations AS (
    SELECT model, completed - created AS duration_ms, count(*) AS many
    FROM messages
    WHERE role IN ('assistant', 'compaction') AND counted = 1 AND completed >= created
    GROUP BY model, completed - created
),
ranked AS (
    SELECT
        model, duration_ms, many,
        sum(many) OVER (PARTITION BY model ORDER BY duration_ms
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS rn,
        sum(many) OVER (PARTITION BY model) AS n
    FROM durations
),
percentiles AS (
    SELECT
        model,
        max(CASE WHEN rn * 100 >= 50 * n AND (rn - many) * 100 < 50 * n THEN duration_ms END)
            AS p50,
        max(CASE WHEN rn * 100 >= 95 * n AND (rn - many) * 100 < 95 * n THEN duration_ms END)
            AS p95
    FROM ranked
    GROUP BY model
)
SELECT
    c.model,
    c.messages,
    c.tokens_input,
    c.tokens_output,
    c.tokens_reasoning,
    c.tokens_cache_read,
    c.tokens_cache_write,
    c.cost,
    c.sessions,
    c.errors,
    p.p50 AS duration_p50_ms,
    p.p95 AS duration_p95_ms
FROM counts c
LEFT JOIN percentiles p ON p.model IS NOT DISTINCT FROM c.model
ORDER BY c.messages DESC, c.model NULLS LAST
