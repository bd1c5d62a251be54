-- waves: one row a number of a wave, the first fifty, over all skills, modes and runs. Chunks without
-- a wave are left out.
--   finished  chunks whose end is known
SELECT
    wave,
    count(DISTINCT run_id) AS runs,
    count(*) AS chunks,
    sum(CASE WHEN success = 0 THEN 1 ELSE 0 END) AS failed,
    count(success) AS finished,
    sum(CASE WHEN success = 0 THEN 1 ELSE 0 END) * 1e0 / nullif(count(success), 0) AS failure_rate,
    sum(tokens) AS tokens
FROM rlm_metrics
WHERE wave IS NOT NULL
GROUP BY wave
ORDER BY wave
LIMIT 50
