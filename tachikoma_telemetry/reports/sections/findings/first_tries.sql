-- first_tries: what Python tests the lead of the best format by: one row a model, format and session.
--   model   the model's id without its provider; null when unknown
--   format  the edit format
--   unit    the session; an edit outside of any is by itself
--   n       edits that began with the format and whose end is known
--   total   those whose first attempt succeeded
SELECT
    a.model_key AS model,
    a.format,
    coalesce(a.session_id, a.edit) AS unit,
    count(*) AS n,
    sum(CASE WHEN c.first_ok = 1 THEN 1 ELSE 0 END) AS total
FROM edit_metrics a
JOIN edit_chains c ON c.edit = a.edit
WHERE a.attempt = 1 AND c.last_ok IS NOT NULL AND a.format IS NOT NULL
GROUP BY a.model_key, a.format, coalesce(a.session_id, a.edit)
ORDER BY model NULLS LAST, format NULLS LAST, unit
