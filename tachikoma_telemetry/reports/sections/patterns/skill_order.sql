-- skill_order: one row a skill and the one that was loaded next in the same session.
WITH loads AS (
    SELECT
        skill,
        lead(skill) OVER (PARTITION BY session_id ORDER BY started, metric_id) AS next
    FROM skill_metrics
    WHERE kind = 'load' AND outcome = 'succeeded' AND counted = 1 AND skill IS NOT NULL
      AND session_id IS NOT NULL AND started IS NOT NULL
),
totals AS (
    SELECT skill, count(*) AS n FROM loads GROUP BY skill
),
counts AS (
    SELECT skill, next, count(*) AS times FROM loads GROUP BY skill, next
)
SELECT c.skill, c.next, c.times, c.times * 1e0 / t.n AS followed
FROM counts c
JOIN totals t ON t.skill = c.skill
ORDER BY t.n DESC, c.skill NULLS LAST, c.times DESC, c.next NULLS LAST
