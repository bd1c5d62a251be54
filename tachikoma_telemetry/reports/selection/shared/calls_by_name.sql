-- calls_by_name: the tool calls that count, by tool, outcome and duration: what `totals` and `tools`
-- each would count again. A load by the user is no tool call.
--   tool         as recorded; an invalid call counts for the tool it asked for
--   outcome      with abandoned ones apart (prepared/call_outcomes.sql)
--   duration_ms  ms; null when they did not end
--   calls        how many; −1 in a row that takes back one counted as running
SELECT
    tool, outcome, duration_ms,
    CAST(count(*) AS BIGINT) AS calls
FROM calls
WHERE counted = 1 AND (tool IS NOT NULL OR skill IS NULL)
-- The number first: comparing numbers is faster than comparing texts.
GROUP BY duration_ms, tool, outcome
UNION ALL
-- The few that are abandoned count as such, and no longer as running.
SELECT c.tool, o.outcome, c.duration_ms, 1
FROM call_outcomes o
JOIN calls c ON c.call_key = o.call_key
WHERE c.counted = 1 AND (c.tool IS NOT NULL OR c.skill IS NULL)
UNION ALL
SELECT c.tool, c.outcome, c.duration_ms, -1
FROM call_outcomes o
JOIN calls c ON c.call_key = o.call_key
WHERE c.counted = 1 AND (c.tool IS NOT NULL OR c.skill IS NULL)
