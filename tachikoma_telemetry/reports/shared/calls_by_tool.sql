-- calls_by_tool: the calls that count, by tool, outcome and duration: what `totals` and `tools` each
-- would count again.
--   tool           an invalid call counts for the tool it asked for
--   outcome        with the abandoned ones told apart (prepared/call_outcomes.sql)
--   duration_ms    ms; null when they did not end
--   calls          how many; −1 in a row that takes back one counted as running
--   started_first  start of the first, ms since the epoch; null when none started
--   started_last   start of the last
SELECT
    tool, outcome, duration_ms,
    count(*) AS calls,
    min(started) AS started_first,
    max(started) AS started_last
FROM calls
WHERE counted = 1
GROUP BY tool, outcome, duration_ms
UNION ALL
-- The few that are abandoned count as such, and no longer as running.
SELECT c.tool, o.outcome, c.duration_ms, 1, c.started, c.started
FROM call_outcomes o
JOIN calls c ON c.call_key = o.call_key
WHERE c.counted = 1
UNION ALL
SELECT c.tool, c.outcome, c.duration_ms, -1, c.started, c.started
FROM call_outcomes o
JOIN calls c ON c.call_key = o.call_key
WHERE c.counted = 1
