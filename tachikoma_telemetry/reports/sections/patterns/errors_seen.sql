-- errors_seen: one row a class of errors, the most frequent first.
WITH seen AS (
    SELECT 'call' AS source, n.name, c.reason AS error, c.session_id, c.started AS moment
    FROM calls c
    JOIN tool_names n ON n.tool IS NOT DISTINCT FROM c.tool
    WHERE c.counted = 1 AND (c.tool IS NOT NULL OR c.skill IS NULL) AND c.outcome IN ('failed', 'timed_out', 'invalid')
    UNION ALL
    SELECT 'run', skill, coalesce(error_type, reason), session_id, started
    FROM skill_metrics
    WHERE kind = 'run' AND counted = 1 AND outcome IN ('failed', 'escalated')
    UNION ALL
    SELECT 'edit', format, error_type, session_id, time
    FROM edit_metrics
    WHERE success = 0 AND source = 'event'
    UNION ALL
    SELECT 'chunk', mode, error_type, session_id, time
    FROM rlm_metrics
    WHERE success = 0
    UNION ALL
    SELECT 'retry', skill, coalesce(error_type, reason), session_id, time
    FROM iteration_metrics
    WHERE kind = 'retry' AND source = 'event'
    UNION ALL
    SELECT 'message', model, error_type, session_id, created
    FROM messages
    -- What the user stopped is no error: MessageAbortedError in OpenCode 1.x, aborted in 2.x.
    WHERE counted = 1 AND error_type NOT IN ('MessageAbortedError', 'aborted')
)
SELECT
    source,
    name,
    error,
    count(*) AS times,
    count(DISTINCT session_id) AS sessions,
    min(moment) AS first_seen,
    max(moment) AS last_seen
FROM seen
WHERE error IS NOT NULL
GROUP BY source, name, error
ORDER BY count(*) DESC, source, name NULLS LAST, error
