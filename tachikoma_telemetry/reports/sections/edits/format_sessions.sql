-- format_sessions: what Python compares the formats of each model by: one row a model, format and
-- session, or of several people one of each. Attempts of one edit depend on each other, and a format that is tried after another one
-- failed gets the hard edits: so formats are compared by the edits that began with them.
--   model        the model's id without its provider; null when unknown
--   format       the edit format
--   unit         the session; an edit outside of any is by itself. Of several people who did them
--   person       the same of several people; null in the store of one
--   sessions     how many sessions they are of
--   edits        edits that began with the format and whose end is known
--   first_tries  those whose first attempt succeeded
SELECT
    a.model_key AS model,
    a.format,
    coalesce(y.person, a.session_id, a.run_id, a.edit) AS unit,
    y.person,
    count(DISTINCT coalesce(a.session_id, a.run_id, a.edit)) AS sessions,
    count(*) AS edits,
    sum(CASE WHEN c.first_ok = 1 THEN 1 ELSE 0 END) AS first_tries
FROM edit_metrics a
JOIN edit_chains c ON c.edit = a.edit
LEFT JOIN row_people y ON y.row_key = a.attempt_id
WHERE a.attempt = 1 AND c.last_ok IS NOT NULL AND a.format IS NOT NULL
GROUP BY a.model_key, a.format, coalesce(y.person, a.session_id, a.run_id, a.edit), y.person
ORDER BY model NULLS LAST, format NULLS LAST, unit, person NULLS LAST
