-- tool_durations: how the durations of each tool's finished calls are spread; empty bins have no row.
SELECT n.name AS tool, b.low_ms, b.high_ms, sum(d.calls) AS n
FROM call_durations d
JOIN tool_names n ON n.tool IS NOT DISTINCT FROM d.tool
JOIN duration_bins b
    ON d.duration_ms >= b.low_ms AND (d.duration_ms < b.high_ms OR b.high_ms IS NULL)
GROUP BY n.name, b.low_ms, b.high_ms
ORDER BY n.name NULLS LAST, b.low_ms
