-- call_sums: the tool calls that count, added up by session, tool and result, and by whether a skill was
-- active. The columns are those of the table in schema.sql.
SELECT
    session_id,
    CASE WHEN active_skill IS NULL THEN 0 ELSE 1 END AS in_window,
    tool, outcome, reason,
    count(*) AS calls,
    min(started) AS started_first,
    max(started) AS started_last,
    max(coalesce(ended, started)) AS ended_last
FROM calls
WHERE counted = 1 AND (tool IS NOT NULL OR skill IS NULL)
GROUP BY session_id, CASE WHEN active_skill IS NULL THEN 0 ELSE 1 END, tool, outcome, reason
