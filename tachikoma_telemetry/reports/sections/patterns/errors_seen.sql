-- errors_seen: one row a class of errors, the most frequent first.
WITH seen AS (
    SELECT
        'call' AS source, n.name, c.reason AS error, c.session_id, c.calls AS many,
        c.started_first AS earliest, c.started_last AS latest
    FROM call_sums c
    JOIN tool_names n ON n.tool IS NOT DISTINCT FROM c.tool
    WHERE c.outcome IN ('failed', 'timed_out', 'invalid')
    UNION ALL
    SELECT 'run', skill, coalesce(error_type, reason), session_id, 1, started, started
    FROM skill_metrics
    WHERE kind = 'run' AND counted = 1 AND outcome IN ('failed', 'escalated')
    UNION ALL
    SELECT 'edit', format, error_type, session_id, 1, time, time
    FROM edit_metrics
    WHERE success = 0 AND source = 'event'
    UNION ALL
    SELECT 'chunk', mode, error_type, session_id, 1, time, time
    FROM rlm_metrics
    WHERE success = 0
    UNION ALL
    SELECT 'retry', skill, coalesce(error_type, reason), session_id, 1, time, time
    FROM iteration_metrics
    WHERE kind = 'retry' AND source = 'event'
    UNION ALL
    SELECT 'message', model, error_type, session_id, 1, created, created
    FROM messages
    -- What the user stopped is no error: MessageAbortedError in OpenCode 1.x, aborted in 2.x.
    WHERE counted = 1 AND error_type NOT IN ('MessageAbortedError', 'aborted')
)
SELECT
    source,
    name,
    error,
    sum(many) AS times,
    count(DISTINCT session_id) AS sessions,
    min(earliest) AS first_seen,
    max(latest) AS last_seen
FROM seen
WHERE error IS NOT NULL
GROUP BY source, name, error
ORDER BY sum(many) DESC, source, name NULLS LAST, error
