-- tools: one row a tool; a tool that OpenCode renamed is one. A fork's copies of calls do not count.
--   finished  calls that succeeded or failed
WITH counts AS (
    SELECT
        n.name AS tool,
        max(CASE WHEN c.tool <> n.name THEN c.tool END) AS former_name,
        sum(c.calls) AS calls,
        sum(CASE WHEN c.outcome = 'succeeded' THEN c.calls ELSE 0 END) AS s,
        sum(CASE WHEN c.outcome IN ('failed', 'timed_out', 'invalid') THEN c.calls ELSE 0 END)
            AS failed,
        sum(CASE WHEN c.outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
            THEN c.calls ELSE 0 END) AS n,
        sum(CASE WHEN c.outcome = 'timed_out' THEN c.calls ELSE 0 END) AS timed_out,
        sum(CASE WHEN c.outcome = 'invalid' THEN c.calls ELSE 0 END) AS invalid,
        sum(CASE WHEN c.outcome = 'cancelled' THEN c.calls ELSE 0 END) AS cancelled,
        sum(CASE WHEN c.outcome = 'abandoned' THEN c.calls ELSE 0 END) AS abandoned,
        sum(CASE WHEN c.outcome = 'running' THEN c.calls ELSE 0 END) AS running
    FROM calls_by_name c
    JOIN tool_names n ON n.tool IS NOT DISTINCT FROM c.tool
    GROUP BY n.name
),
-- Nearest rank on equal durations together: sorting each call would take four times as long.
durations AS (
    SELECT n.name AS tool, d.duration_ms, d.calls AS many
    FROM call_durations d
    JOIN tool_names n ON n.tool IS NOT DISTINCT FROM d.tool
),
ranked AS (
    SELECT
        tool, duration_ms, many,
        sum(many) OVER (PARTITION BY tool ORDER BY duration_ms
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS rn,
        sum(many) OVER (PARTITION BY tool) AS n
    FROM durations
),
percentiles AS (
    SELECT
        tool,
        max(CASE WHEN rn * 100 >= 50 * n AND (rn - many) * 100 < 50 * n THEN duration_ms END)
            AS p50,
        max(CASE WHEN rn * 100 >= 95 * n AND (rn - many) * 100 < 95 * n THEN duration_ms END)
            AS p95
    FROM ranked
    GROUP BY tool
)
SELECT
    c.tool,
    c.calls,
    c.s AS succeeded,
    c.failed,
    c.n AS finished,
    c.s * 1e0 / nullif(c.n, 0) AS success_rate,
    p.p50 AS duration_p50_ms,
    p.p95 AS duration_p95_ms,
    c.timed_out,
    c.invalid,
    c.cancelled,
    c.abandoned,
    c.running,
    c.former_name
FROM counts c
LEFT JOIN percentiles p ON p.tool IS NOT DISTINCT FROM c.tool
ORDER BY c.calls DESC, c.tool NULLS LAST
