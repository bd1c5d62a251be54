-- success_sums: what Python tests the success of each skill by: one row a skill. A session is the unit.
--   skill     the skill; null for runs that gave none
--   n         runs that succeeded, failed or escalated
--   total     those that succeeded
--   sessions  sessions with such runs; a run outside of any is one
--   tt        sum over the sessions of the square of their successes
--   tn        sum over the sessions of their successes times their runs
--   nn        sum over the sessions of the square of their runs
WITH units AS (
    SELECT
        skill, count(*) AS n, sum(CASE WHEN outcome = 'succeeded' THEN 1 ELSE 0 END) AS total
    FROM skill_metrics
    WHERE kind = 'run' AND counted = 1 AND outcome IN ('succeeded', 'failed', 'escalated')
    GROUP BY skill, coalesce(session_id, metric_id)
)
SELECT
    skill, sum(n) AS n, sum(total) AS total, count(*) AS sessions,
    sum(total * total) AS tt, sum(total * n) AS tn, sum(n * n) AS nn
FROM units
GROUP BY skill
ORDER BY skill NULLS LAST
