-- calibration: stated confidence against what was observed, in ten equal bins of confidence; bins
-- without labelled requests are left out.
--   confidence_low   lower edge of the bin, inside it
--   confidence_high  upper edge of the bin, outside it but for the last bin's 1.0
--   n                labelled requests in the bin
--   accuracy         correct over n
--   confidence_mean  mean stated confidence of these n
--   accuracy_low     its Wilson interval (95 %), lower end
--   accuracy_high    its Wilson interval (95 %), upper end
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
    s * 1e0 / n AS accuracy,
    confidence_mean,
    CASE WHEN s = 0 THEN 0e0
         ELSE (s + 1.9207294103470627e0 - 1.959963984540054e0
               * sqrt(1e0 * s * (n - s) / n + 0.9603647051735313e0)) / (n + 3.8414588206941254e0)
    END AS accuracy_low,
    CASE WHEN s = n THEN 1e0
         ELSE (s + 1.9207294103470627e0 + 1.959963984540054e0
               * sqrt(1e0 * s * (n - s) / n + 0.9603647051735313e0)) / (n + 3.8414588206941254e0)
    END AS accuracy_high
FROM counts
ORDER BY low
