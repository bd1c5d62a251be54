-- intents: one row a predicted intent.
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
    escalation_n
FROM counts
ORDER BY classified DESC, intent NULLS LAST
