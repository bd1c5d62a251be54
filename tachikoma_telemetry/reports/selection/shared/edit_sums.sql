-- edit_sums: the attempts to edit, by model, format and session: what `edits` and `format_sessions` each
-- would count again. An edit is a chain of attempts (prepared/edit_chains.sql); it counts in the row of
-- its first attempt, whatever formats the others used.
--   model            the model's id without its provider; null when unknown
--   format           the edit format
--   unit             the session; an edit outside of any is by itself
--   person           who did it, of several people; null in the store of one
--   attempts         attempts whose result is known
--   successes        those that succeeded
--   edits            edits that began with the format and whose end is known
--   edits_succeeded  those whose last attempt succeeded
--   first_tries      those whose first attempt succeeded
--   chain_attempts   the attempts of those edits
--   tokens_wasted    of attempts that failed; null when none of them said
WITH attempts AS (
    SELECT
        a.model_key AS model, a.format AS format, coalesce(a.session_id, a.run_id, a.edit) AS unit,
        y.person AS person, a.success AS success, a.tokens AS tokens,
        CASE WHEN a.attempt = 1 THEN CASE WHEN a.last = 1 THEN a.success ELSE c.last_ok END END
            AS ended_ok,
        CASE WHEN a.last = 1 THEN 1 ELSE c.attempts END AS chain_attempts
    FROM edit_metrics a
    LEFT JOIN edit_chains c ON c.edit = a.edit
    LEFT JOIN row_people y ON y.row_key = a.attempt_id
)
SELECT
    model, format, unit, person,
    count(success) AS attempts,
    sum(CASE WHEN success = 1 THEN 1 ELSE 0 END) AS successes,
    count(ended_ok) AS edits,
    sum(CASE WHEN ended_ok = 1 THEN 1 ELSE 0 END) AS edits_succeeded,
    sum(CASE WHEN ended_ok IS NOT NULL AND success = 1 THEN 1 ELSE 0 END) AS first_tries,
    sum(CASE WHEN ended_ok IS NOT NULL THEN chain_attempts ELSE 0 END) AS chain_attempts,
    sum(CASE WHEN success = 0 THEN tokens END) AS tokens_wasted
FROM attempts
GROUP BY unit, person, model, format
