-- best_formats: one row a model. The best format is the one with the highest lower end of its
-- Wilson interval among those with at least parameters.minimum attempts; the rival is the other
-- such format whose lag behind it is least certain. The lead's interval is Newcombe's hybrid score.
--   model            the model's id without its provider; null when not known
--   format           the best format; null when none has enough attempts
--   attempts         its attempts; without a best one, those of the most tried format
--   success_rate     its successes over attempts; null without a best one
--   successes        its successes; null without a best one
--   success_low      its Wilson interval (95 %), lower end
--   success_high     its Wilson interval (95 %), upper end
--   rival            the rival; null when no other format has enough attempts
--   rival_attempts   its attempts
--   rival_successes  its successes
--   lead_low         lower end of the difference best − rival (95 %); above 0 the lead is clear
WITH counts AS (
    SELECT model_key AS model, format, count(*) AS n,
           sum(CASE WHEN success = 1 THEN 1 ELSE 0 END) AS s
    FROM edit_metrics
    WHERE success IS NOT NULL
    GROUP BY model_key, format
),
bounds AS (
    SELECT
        model, format, n, s, s * 1e0 / n AS rate,
        CASE WHEN s = 0 THEN 0e0
             ELSE (s + 1.9207294103470627e0 - 1.959963984540054e0
                   * sqrt(1e0 * s * (n - s) / n + 0.9603647051735313e0))
                  / (n + 3.8414588206941254e0)
        END AS low,
        CASE WHEN s = n THEN 1e0
             ELSE (s + 1.9207294103470627e0 + 1.959963984540054e0
                   * sqrt(1e0 * s * (n - s) / n + 0.9603647051735313e0))
                  / (n + 3.8414588206941254e0)
        END AS high
    FROM counts
    CROSS JOIN parameters p
    WHERE format IS NOT NULL AND n >= p.minimum
),
placed AS (
    SELECT
        model, format, n, s, rate, low, high,
        row_number() OVER (PARTITION BY model ORDER BY low DESC, n DESC, format) AS place
    FROM bounds
),
leads AS (
    SELECT
        b.model, r.format AS rival, r.n AS rival_n, r.s AS rival_s,
        b.rate - r.rate - sqrt((b.rate - b.low) * (b.rate - b.low)
                               + (r.high - r.rate) * (r.high - r.rate)) AS lead_low
    FROM placed b
    JOIN placed r ON r.model IS NOT DISTINCT FROM b.model AND r.place > 1
    WHERE b.place = 1
),
closest AS (
    SELECT
        model, rival, rival_n, rival_s, lead_low,
        row_number() OVER (PARTITION BY model ORDER BY lead_low, rival) AS place
    FROM leads
),
models AS (
    SELECT model, max(n) AS most FROM counts GROUP BY model
)
SELECT
    m.model,
    b.format,
    coalesce(b.n, m.most) AS attempts,
    b.rate AS success_rate,
    b.s AS successes,
    b.low AS success_low,
    b.high AS success_high,
    c.rival,
    c.rival_n AS rival_attempts,
    c.rival_s AS rival_successes,
    c.lead_low
FROM models m
LEFT JOIN placed b ON b.model IS NOT DISTINCT FROM m.model AND b.place = 1
LEFT JOIN closest c ON c.model IS NOT DISTINCT FROM m.model AND c.place = 1
ORDER BY m.model NULLS LAST
