-- confusion: the confusion matrix, cells with 0 left out. Requests known to be wrong without a word
-- of what would have been right are in no cell.
SELECT
    coalesce(actual, intent) AS actual,
    intent AS predicted,
    count(*) AS count,
    sum(CASE WHEN escalated = 1 THEN 1 ELSE 0 END) AS asked
FROM intent_metrics
WHERE actual IS NOT NULL OR (correct = 1 AND intent IS NOT NULL)
GROUP BY coalesce(actual, intent), intent
ORDER BY count(*) DESC, coalesce(actual, intent), intent NULLS LAST
