-- trend_versions: what goes into the field `new_versions` of the rows of `trend`.
--   started        start of the period
--   skill          as in `trend`
--   skill_version  a version of which a span of use began in that period
--                  (prepared/version_spans.sql)
SELECT b.started, v.skill, v.skill_version
FROM buckets b
JOIN version_spans v ON v.started >= b.started AND v.started < b.ended
WHERE v.metric_id = v.span
GROUP BY b.started, v.skill, v.skill_version
ORDER BY min(v.started), v.skill_version
