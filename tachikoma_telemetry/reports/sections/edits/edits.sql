-- edits: one row an edit format with a model. Only attempts whose result is known are counted.
WITH counts AS (
    SELECT
        model, format,
        sum(attempts) AS attempts,
        sum(successes) AS successes,
        sum(edits) AS edits,
        sum(edits_succeeded) AS edits_succeeded,
        sum(first_tries) AS first_tries,
        sum(chain_attempts) AS chain_attempts,
        sum(tokens_wasted) AS tokens_wasted
    FROM edit_sums
    GROUP BY model, format
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
