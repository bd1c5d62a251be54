-- intents: one row an intent: one that was predicted, or was the true one of a request. Where the
-- user was asked, the request was not routed, and so not routed wrongly.
WITH counts AS (
    SELECT
        intent,
        count(*) AS classified,
        count(correct) AS n,
        sum(CASE WHEN correct = 1 THEN 1 ELSE 0 END) AS s,
        -- In whole numbers, whose sum does not depend on the order of the rows.
        sum(CAST(round(confidence * 1e9) AS BIGINT)) / (count(confidence) * 1e9) AS confidence_mean,
        sum(CASE WHEN escalated = 1 THEN 1 ELSE 0 END) AS escalated,
        count(escalated) AS escalation_n,
        count(CASE WHEN coalesce(escalated, 0) = 0 THEN correct END) AS routed,
        sum(CASE WHEN coalesce(escalated, 0) = 0 AND correct = 1 THEN 1 ELSE 0 END) AS routed_right
    FROM intent_metrics
    GROUP BY intent
),
truths AS (
    SELECT
        coalesce(actual, intent) AS intent,
        count(*) AS actual,
        sum(CASE WHEN coalesce(escalated, 0) = 0 AND coalesce(actual, intent) = intent
            THEN 1 ELSE 0 END) AS found
    FROM intent_metrics
    WHERE actual IS NOT NULL OR (correct = 1 AND intent IS NOT NULL)
    GROUP BY coalesce(actual, intent)
),
named AS (
    SELECT intent FROM counts
    UNION
    SELECT intent FROM truths
)
SELECT
    i.intent AS intent,
    coalesce(c.classified, 0) AS classified,
    coalesce(c.n, 0) AS labelled,
    coalesce(c.s, 0) AS correct,
    c.s * 1e0 / nullif(c.n, 0) AS accuracy,
    c.confidence_mean,
    CASE WHEN c.escalation_n > 0 THEN c.escalated END AS escalated,
    c.escalated * 1e0 / nullif(c.escalation_n, 0) AS escalation_rate,
    coalesce(c.escalation_n, 0) AS escalation_n,
    coalesce(c.routed, 0) AS routed,
    coalesce(c.routed_right, 0) AS routed_right,
    c.routed_right * 1e0 / nullif(c.routed, 0) AS right_rate,
    coalesce(t.actual, 0) AS actual,
    coalesce(t.found, 0) AS found,
    t.found * 1e0 / nullif(t.actual, 0) AS found_rate
FROM named i
LEFT JOIN counts c ON c.intent IS NOT DISTINCT FROM i.intent
LEFT JOIN truths t ON t.intent = i.intent
ORDER BY coalesce(c.classified, 0) DESC, i.intent NULLS LAST
