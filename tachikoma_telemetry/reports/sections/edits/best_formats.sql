-- best_formats: what Python chooses the best format of each model from: one row a model and format.
-- Attempts of one edit depend on each other, and a format that is tried after another one failed
-- gets the hard edits. So formats are compared by the edits that began with them.
--   model        the model's id without its provider; null when unknown
--   format       the edit format; null when unknown
--   attempts     attempts in this format whose result is known
--   successes    attempts that succeeded
--   edits        edits whose first attempt is in this row and whose end is known
--   first_tries  those whose first attempt succeeded
WITH counts AS (
    SELECT
        a.model_key AS model,
        a.format,
        sum(CASE WHEN a.success IS NOT NULL THEN 1 ELSE 0 END) AS attempts,
        sum(CASE WHEN a.success = 1 THEN 1 ELSE 0 END) AS successes,
        sum(CASE WHEN a.attempt = 1 AND c.last_ok IS NOT NULL THEN 1 ELSE 0 END) AS edits,
        sum(CASE WHEN a.attempt = 1 AND c.last_ok IS NOT NULL AND c.first_ok = 1
            THEN 1 ELSE 0 END) AS first_tries
    FROM edit_metrics a
    LEFT JOIN edit_chains c ON c.edit = a.edit
    GROUP BY a.model_key, a.format
)
SELECT model, format, attempts, successes, edits, first_tries
FROM counts
WHERE attempts > 0
ORDER BY model NULLS LAST, format NULLS LAST
