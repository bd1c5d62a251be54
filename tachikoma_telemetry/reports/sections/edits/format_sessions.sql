-- format_sessions: what Python compares the formats of each model by: one row a model, format and
-- session. Attempts of one edit depend on each other, and a format that is tried after another one
-- failed gets the hard edits: so formats are compared by the edits that began with them.
--   model        the model's id without its provider; null when unknown
--   format       the edit format
--   unit         the session; an edit outside of any is by itself
--   edits        edits that began with the format and whose end is known
--   first_tries  those whose first attempt succeeded
SELECT model, format, unit, edits, first_tries
FROM edit_sums
WHERE edits > 0 AND format IS NOT NULL
ORDER BY model NULLS LAST, format NULLS LAST, unit
