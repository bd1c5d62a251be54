-- chunk_sizes: one row a range of chunk sizes, over all skills and modes: what chunking pays.
--   finished  chunks whose end is known
WITH bins AS (
    SELECT 0 AS low, 1000 AS high
    UNION ALL SELECT 1000, 2000
    UNION ALL SELECT 2000, 5000
    UNION ALL SELECT 5000, 10000
    UNION ALL SELECT 10000, 20000
    UNION ALL SELECT 20000, 50000
    UNION ALL SELECT 50000, 100000
    UNION ALL SELECT 100000, 200000
    UNION ALL SELECT 200000, 500000
    UNION ALL SELECT 500000, 1000000
    UNION ALL SELECT 1000000, NULL
),
sized AS (
    SELECT b.low, b.high, m.unit, m.success, m.duration_ms, m.tokens, m.accuracy
    FROM rlm_metrics m
    JOIN bins b ON m.size >= b.low AND (m.size < b.high OR b.high IS NULL)
),
counts AS (
    SELECT
        unit, low, high,
        count(*) AS chunks,
        sum(CASE WHEN success = 0 THEN 1 ELSE 0 END) AS s,
        count(success) AS n,
        sum(tokens) AS tokens,
        count(tokens) AS tokens_n,
        -- In whole numbers, whose sum does not depend on the order of the rows.
        sum(CAST(round(accuracy * 1e9) AS BIGINT)) / (count(accuracy) * 1e9) AS accuracy_mean,
        count(accuracy) AS accuracy_n
    FROM sized
    GROUP BY unit, low, high
),
ranked AS (
    SELECT
        unit, low, duration_ms,
        row_number() OVER (PARTITION BY unit, low ORDER BY duration_ms) AS rn,
        count(*) OVER (PARTITION BY unit, low) AS n
    FROM sized
    WHERE duration_ms IS NOT NULL
),
medians AS (
    SELECT unit, low, duration_ms
    FROM ranked
    WHERE rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
)
SELECT
    c.unit,
    c.low AS size_low,
    c.high AS size_high,
    c.chunks,
    c.s AS failed,
    c.n AS finished,
    c.s * 1e0 / nullif(c.n, 0) AS failure_rate,
    m.duration_ms AS duration_p50_ms,
    c.tokens * 1e0 / nullif(c.tokens_n, 0) AS tokens_per_chunk,
    c.accuracy_mean,
    c.accuracy_n
FROM counts c
LEFT JOIN medians m ON m.low = c.low AND m.unit IS NOT DISTINCT FROM c.unit
ORDER BY c.unit NULLS LAST, c.low
