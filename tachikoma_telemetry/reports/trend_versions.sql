-- trend_versions: what goes into the field `new_versions` of the rows of `trend`.
--   started        start of the period
--   skill          as in `trend`
--   skill_version  a version that was loaded for the first time in that period
SELECT b.started, v.skill, v.skill_version
FROM buckets b
JOIN version_starts v ON v.first_used >= b.started AND v.first_used < b.ended
ORDER BY v.first_used, v.skill_version
