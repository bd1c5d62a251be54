-- calibration: stated confidence against what was observed, in ten equal bins of confidence; bins
-- without labelled requests are left out.
--   correct  of the n, those that were right
WITH bins AS (
    SELECT 0e0 AS low, 1e-1 AS high
    UNION ALL SELECT 1e-1, 2e-1
    UNION ALL SELECT 2e-1, 3e-1
    UNION ALL SELECT 3e-1, 4e-1
    UNION ALL SELECT 4e-1, 5e-1
    UNION ALL SELECT 5e-1, 6e-1
    UNION ALL SELECT 6e-1, 7e-1
    UNION ALL SELECT 7e-1, 8e-1
    UNION ALL SELECT 8e-1, 9e-1
    UNION ALL SELECT 9e-1, 1e0
),
counts AS (
    SELECT
        b.low, b.high,
        count(*) AS n,
        sum(CASE WHEN i.correct = 1 THEN 1 ELSE 0 END) AS s,
        -- In whole numbers, whose sum does not depend on the order of the rows.
        sum(CAST(round(i.confidence * 1e9) AS BIGINT)) / (count(i.confidence) * 1e9) AS confidence_mean
    FROM intent_metrics i
    JOIN bins b
        ON i.confidence >= b.low
        AND (i.confidence < b.high OR (b.high = 1e0 AND i.confidence = 1e0))
    WHERE i.correct IS NOT NULL
    GROUP BY b.low, b.high
)
SELECT
    low AS confidence_low,
    high AS confidence_high,
    n,
    s AS correct,
    s * 1e0 / n AS accuracy,
    confidence_mean
FROM counts
ORDER BY low
