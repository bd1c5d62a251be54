-- intents: one row a predicted intent.
--   intent           the predicted intent; null when the event gave none
--   classified       requests classified so
--   labelled         those of which it is known whether that was right
--   correct          those that were right
--   accuracy         correct over labelled; null without labelled ones
--   confidence_mean  mean stated confidence, 0–1; null when not told
--   escalated        those where the user was asked; null when it is known of none
--   escalation_rate  escalated over those where it is known
--   accuracy_low     its Wilson interval (95 %), lower end
--   accuracy_high    its Wilson interval (95 %), upper end
--   escalation_n     those where it is known whether the user was asked
WITH counts AS (
    SELECT
        intent,
        count(*) AS classified,
        count(correct) AS n,
        sum(CASE WHEN correct = 1 THEN 1 ELSE 0 END) AS s,
        -- In whole numbers, whose sum does not depend on the order of the rows.
        sum(CAST(round(confidence * 1e9) AS BIGINT)) / (count(confidence) * 1e9) AS confidence_mean,
        sum(CASE WHEN escalated = 1 THEN 1 ELSE 0 END) AS escalated,
        count(escalated) AS escalation_n
    FROM intent_metrics
    GROUP BY intent
)
SELECT
    intent,
    classified,
    n AS labelled,
    s AS correct,
    s * 1e0 / nullif(n, 0) AS accuracy,
    confidence_mean,
    CASE WHEN escalation_n > 0 THEN escalated END AS escalated,
    escalated * 1e0 / nullif(escalation_n, 0) AS escalation_rate,
    CASE WHEN n > 0 AND s = 0 THEN 0e0
         ELSE (s + 1.9207294103470627e0 - 1.959963984540054e0
               * sqrt(1e0 * s * (n - s) / nullif(n, 0) + 0.9603647051735313e0))
              / (n + 3.8414588206941254e0)
    END AS accuracy_low,
    CASE WHEN n > 0 AND s = n THEN 1e0
         ELSE (s + 1.9207294103470627e0 + 1.959963984540054e0
               * sqrt(1e0 * s * (n - s) / nullif(n, 0) + 0.9603647051735313e0))
              / (n + 3.8414588206941254e0)
    END AS accuracy_high,
    escalation_n
FROM counts
ORDER BY classified DESC, intent NULLS LAST
