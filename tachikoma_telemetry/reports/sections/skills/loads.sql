-- loads: one row a load of a skill, in the order they started; a fork's copies are left out.
--   skill       the skill
--   session_id  its session
--   started     ms since the epoch; null when it never did
--   outcome     succeeded failed timed_out invalid cancelled running
--   load_ms     how long the load itself took, ms; null when it did not end
SELECT skill, session_id, started, outcome, load_ms
FROM skill_metrics
WHERE kind = 'load' AND counted = 1 AND skill IS NOT NULL
ORDER BY started NULLS LAST, metric_id
