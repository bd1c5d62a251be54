-- call_durations: how often each duration of a finished tool call is there: what `tools` and
-- `tool_durations` each would count again.
--   tool         as recorded
--   duration_ms  ms
--   calls        how many took it
SELECT tool, duration_ms, count(*) AS calls
FROM calls
WHERE counted = 1 AND outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
  AND duration_ms IS NOT NULL AND (tool IS NOT NULL OR skill IS NULL)
GROUP BY duration_ms, tool
