-- fleet_versions: what Python makes `fleet_skills` of: one row a skill, version and user.
--   skill      the skill
--   version    SHA-256 of its text; null when unknown
--   person     who used it
--   loads      loads that succeeded
--   runs       runs
--   finished   runs that succeeded, failed or escalated
--   succeeded  those that succeeded
--   first      when the first of them began, ms since the epoch
--   last       when the last of them began
WITH used AS (
    SELECT
        m.skill, coalesce(v.skill_version, m.skill_version) AS version, f.person, m.kind, m.outcome,
        m.started
    FROM skill_metrics m
    JOIN fleet_uses u ON u.metric_id = m.metric_id
    JOIN fleet_machines f ON f.machine = u.machine
    LEFT JOIN run_versions v ON v.run_id = m.run_id
    WHERE m.counted = 1 AND m.skill IS NOT NULL
)
SELECT
    skill, version, person,
    sum(CASE WHEN kind = 'load' AND outcome = 'succeeded' THEN 1 ELSE 0 END) AS loads,
    sum(CASE WHEN kind = 'run' THEN 1 ELSE 0 END) AS runs,
    sum(CASE WHEN kind = 'run' AND outcome IN ('succeeded', 'failed', 'escalated')
        THEN 1 ELSE 0 END) AS finished,
    sum(CASE WHEN kind = 'run' AND outcome = 'succeeded' THEN 1 ELSE 0 END) AS succeeded,
    min(started) AS first, max(started) AS last
FROM used
GROUP BY skill, version, person
ORDER BY skill NULLS LAST, version NULLS LAST, person
