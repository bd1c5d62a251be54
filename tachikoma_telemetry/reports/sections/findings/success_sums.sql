-- success_sums: what Python tests the success of each skill by: one row a skill. Sessions are the
-- units, or where there are several, people.
--   skill     the skill; null for runs that gave none
--   n         runs that succeeded, failed or escalated
--   total     those that succeeded
--   sessions  units with such runs; a run outside of any session is one
--   tt        sum over the units of the square of their successes
--   tn        sum over the units of their successes times their runs
--   nn        sum over the units of the square of their runs
WITH units AS (
    SELECT
        m.skill, count(*) AS n, sum(CASE WHEN m.outcome = 'succeeded' THEN 1 ELSE 0 END) AS total
    FROM skill_metrics m
    LEFT JOIN row_people y ON y.row_key = m.metric_id
    WHERE m.kind = 'run' AND m.counted = 1 AND m.outcome IN ('succeeded', 'failed', 'escalated')
    GROUP BY m.skill, coalesce(y.person, m.session_id, m.metric_id)
)
SELECT
    skill, sum(n) AS n, sum(total) AS total, count(*) AS sessions,
    sum(total * total) AS tt, sum(total * n) AS tn, sum(n * n) AS nn
FROM units
GROUP BY skill
ORDER BY skill NULLS LAST
