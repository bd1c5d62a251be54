-- version_starts: when each version of a skill was first loaded, over the whole store: a filter must
-- not make a version look new.
--   skill          its name
--   skill_version  SHA-256 of its text
--   first_used     start of its first load, ms since the epoch
SELECT skill, skill_version, min(started) AS first_used
FROM skill_metrics
WHERE kind = 'load' AND outcome = 'succeeded' AND skill_version IS NOT NULL AND started IS NOT NULL
GROUP BY skill, skill_version
