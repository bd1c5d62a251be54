-- run_durations: how the durations of each skill's runs are spread; empty bins have no row.
SELECT m.skill, b.low_ms, b.high_ms, count(*) AS n
FROM skill_metrics m
JOIN duration_bins b
    ON m.run_ms >= b.low_ms AND (m.run_ms < b.high_ms OR b.high_ms IS NULL)
WHERE m.kind = 'run' AND m.counted = 1 AND m.run_ms IS NOT NULL
GROUP BY m.skill, b.low_ms, b.high_ms
ORDER BY m.skill NULLS LAST, b.low_ms
