-- tool_durations: how the durations of each tool's finished calls are spread; empty bins have no row.
SELECT t.tool, b.low_ms, b.high_ms, sum(t.calls) AS n
FROM calls_by_tool t
JOIN duration_bins b
    ON t.duration_ms >= b.low_ms AND (t.duration_ms < b.high_ms OR b.high_ms IS NULL)
WHERE t.outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
GROUP BY t.tool, b.low_ms, b.high_ms
ORDER BY t.tool NULLS LAST, b.low_ms
