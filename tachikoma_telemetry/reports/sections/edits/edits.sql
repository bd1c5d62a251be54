-- edits: one row an edit format with a model. Only attempts whose result is known are counted. An
-- edit is a chain of attempts (see prepared/edit_chains.sql); it counts in the row of its first
-- attempt, whatever formats the others used.
WITH counts AS (
    SELECT
        a.model_key AS model,
        a.format,
        sum(CASE WHEN a.success IS NOT NULL THEN 1 ELSE 0 END) AS attempts,
        sum(CASE WHEN a.success = 1 THEN 1 ELSE 0 END) AS successes,
        sum(CASE WHEN a.attempt = 1 AND c.last_ok IS NOT NULL THEN 1 ELSE 0 END) AS edits,
        sum(CASE WHEN a.attempt = 1 AND c.last_ok = 1 THEN 1 ELSE 0 END) AS edits_succeeded,
        sum(CASE WHEN a.attempt = 1 AND c.last_ok IS NOT NULL AND c.first_ok = 1
            THEN 1 ELSE 0 END) AS first_tries,
        sum(CASE WHEN a.attempt = 1 AND c.last_ok IS NOT NULL THEN c.attempts ELSE 0 END)
            AS chain_attempts,
        sum(CASE WHEN a.success = 0 THEN a.tokens END) AS tokens_wasted
    FROM edit_metrics a
    LEFT JOIN edit_chains c ON c.edit = a.edit
    GROUP BY a.model_key, a.format
)
SELECT
    model,
    format,
    attempts,
    successes,
    successes * 1e0 / nullif(attempts, 0) AS success_rate,
    edits,
    edits_succeeded,
    first_tries * 1e0 / nullif(edits, 0) AS first_try_rate,
    chain_attempts * 1e0 / nullif(edits, 0) AS attempts_per_edit,
    tokens_wasted
FROM counts
ORDER BY model NULLS LAST, attempts DESC, format NULLS LAST
