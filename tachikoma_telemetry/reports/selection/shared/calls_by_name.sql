-- calls_by_name: the tool calls that count, by tool and outcome. A load by the user is no tool call.
--   tool     as recorded; an invalid call counts for the tool it asked for
--   outcome  with abandoned ones apart (prepared/call_outcomes.sql)
--   calls    how many; −1 in a row that takes back one counted as running
SELECT tool, outcome, CAST(sum(calls) AS BIGINT) AS calls
FROM call_sums
GROUP BY tool, outcome
UNION ALL
-- The few that are abandoned count as such, and no longer as running.
SELECT c.tool, o.outcome, 1
FROM call_outcomes o
JOIN calls c ON c.call_key = o.call_key
WHERE c.counted = 1 AND (c.tool IS NOT NULL OR c.skill IS NULL)
UNION ALL
SELECT c.tool, c.outcome, -1
FROM call_outcomes o
JOIN calls c ON c.call_key = o.call_key
WHERE c.counted = 1 AND (c.tool IS NOT NULL OR c.skill IS NULL)
