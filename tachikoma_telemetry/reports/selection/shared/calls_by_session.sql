-- calls_by_session: the tool calls that count, by session: what `totals` and `sessions` each would
-- count again. A load by the user is no tool call.
--   session_id     their session
--   calls          how many
--   failed         of these, failed, timed out or invalid
--   started_first  start of the first, ms since the epoch; null when none started
--   started_last   start of the last
--   ended_last     the latest end, or start of those without an end
SELECT
    session_id,
    count(*) AS calls,
    sum(CASE WHEN outcome IN ('failed', 'timed_out', 'invalid') THEN 1 ELSE 0 END) AS failed,
    min(started) AS started_first,
    max(started) AS started_last,
    max(coalesce(ended, started)) AS ended_last
FROM calls
WHERE counted = 1 AND (tool IS NOT NULL OR skill IS NULL)
GROUP BY session_id
