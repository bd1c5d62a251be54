-- call_skills: the skill that the events recorded in a call name, over the whole store: of several the
-- first one. An event that names none has the skill of its run.
--   call_key   the call
--   skill      the skill
WITH named AS (
    SELECT
        e.call_key, coalesce(e.skill, r.skill) AS skill,
        row_number() OVER (PARTITION BY e.call_key ORDER BY e.time, e.event_id) AS rn
    FROM events e
    LEFT JOIN skill_metrics r ON r.run_id = e.run AND r.kind = 'run'
    WHERE e.call_key IS NOT NULL AND coalesce(e.skill, r.skill) IS NOT NULL
)
SELECT call_key, skill
FROM named
WHERE rn = 1
