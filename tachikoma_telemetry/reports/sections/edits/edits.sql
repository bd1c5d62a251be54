-- edits: one row an edit format with a model. Only attempts whose result is known are counted. An
-- edit is a chain of attempts (see prepared/edit_chains.sql); it counts in the row of its first
-- attempt, whatever formats the others used.
--   model              the model's id without its provider; null when not known
--   format             the edit format; null when not known
--   attempts           attempts in this format
--   successes          attempts that succeeded
--   success_rate       successes over attempts of this format; null without any
--   success_low        its Wilson interval (95 %), lower end
--   success_high       its Wilson interval (95 %), upper end
--   edits              edits whose first attempt is in this row and whose end is known
--   edits_succeeded    those whose last attempt succeeded
--   first_try_rate     edits whose first attempt succeeded over edits; null without any
--   attempts_per_edit  all attempts of these edits over edits; null without any
--   tokens_wasted      tokens of the failed attempts; null when none told them
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
    CASE WHEN attempts > 0 AND successes = 0 THEN 0e0
         ELSE (successes + 1.9207294103470627e0 - 1.959963984540054e0
               * sqrt(1e0 * successes * (attempts - successes) / nullif(attempts, 0)
                      + 0.9603647051735313e0)) / (attempts + 3.8414588206941254e0)
    END AS success_low,
    CASE WHEN attempts > 0 AND successes = attempts THEN 1e0
         ELSE (successes + 1.9207294103470627e0 + 1.959963984540054e0
               * sqrt(1e0 * successes * (attempts - successes) / nullif(attempts, 0)
                      + 0.9603647051735313e0)) / (attempts + 3.8414588206941254e0)
    END AS success_high,
    edits,
    edits_succeeded,
    first_tries * 1e0 / nullif(edits, 0) AS first_try_rate,
    chain_attempts * 1e0 / nullif(edits, 0) AS attempts_per_edit,
    tokens_wasted
FROM counts
ORDER BY model NULLS LAST, attempts DESC, format NULLS LAST
