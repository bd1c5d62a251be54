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
WITH units AS (
    SELECT
        s.model AS model, s.format AS format, coalesce(s.person, s.unit) AS who, s.person AS person,
        s.edits AS edits, s.first_tries AS first_tries
    FROM edit_sums s
    WHERE s.edits > 0 AND s.format IS NOT NULL
)
SELECT
    model, format, who AS unit, person,
    count(*) AS sessions, sum(edits) AS edits, sum(first_tries) AS first_tries
FROM units
GROUP BY model, format, who, person
ORDER BY model NULLS LAST, format NULLS LAST, who, person NULLS LAST
