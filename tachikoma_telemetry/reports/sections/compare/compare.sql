-- compare: what Python makes the rows of `compare` of: one row a skill, metric, side and value. The
-- sides come in as the table `compared`; what is null there does not choose. Attempts of one edit
-- depend on each other, so the edit is what is counted, on the side of its first attempt.
--   skill     the skill whose versions are compared; null for other comparisons
--   metric    what is measured (rows.py says what each is)
--   side      before | after
--   value     what it was; of a rate 1 for a success, else 0
--   n         runs, windows or edits with that value
WITH sided AS (
    SELECT
        s.skill, s.side, m.kind, m.outcome, m.run_ms, m.run_tokens_input, m.run_tokens_output, m.iterations,
        m.retries, m.window_ms, m.tokens_input, m.tokens_output, m.failed_tool_calls
    FROM skill_metrics m
    LEFT JOIN run_versions v ON v.run_id = m.run_id
    LEFT JOIN version_spans l ON l.metric_id = m.metric_id
    JOIN compared s
        ON (s.skill IS NULL OR s.skill = m.skill)
        AND (s.span IS NULL OR s.span = coalesce(v.span, l.span))
        AND (s.since IS NULL OR m.started >= s.since)
        AND (s.until IS NULL OR m.started < s.until)
        AND (s.model IS NULL OR s.model = m.model)
    WHERE m.counted = 1 AND s.format IS NULL
),
edits AS (
    SELECT s.skill, s.side, c.first_ok, c.last_ok, c.duration_ms, c.tokens
    FROM edit_metrics e
    JOIN edit_chains c ON c.edit = e.edit
    LEFT JOIN run_versions v ON v.run_id = e.run_id
    JOIN compared s
        ON (s.skill IS NULL OR s.skill = e.skill)
        AND (s.span IS NULL OR s.span = v.span)
        AND (s.since IS NULL OR e.time >= s.since)
        AND (s.until IS NULL OR e.time < s.until)
        AND (s.model IS NULL OR s.model = e.model)
        AND (s.format IS NULL OR s.format = e.format)
    WHERE e.attempt = 1
),
measured AS (
    SELECT skill, side, 'success' AS metric,
        CASE WHEN outcome = 'succeeded' THEN 1e0 ELSE 0e0 END AS value
    FROM sided WHERE kind = 'run' AND outcome IN ('succeeded', 'failed', 'escalated')
    UNION ALL
    SELECT skill, side, 'duration', run_ms FROM sided WHERE kind = 'run'
    UNION ALL
    SELECT skill, side, 'tokens',
        CASE WHEN coalesce(run_tokens_input, run_tokens_output) IS NOT NULL
        THEN coalesce(run_tokens_input, 0) + coalesce(run_tokens_output, 0) END
    FROM sided WHERE kind = 'run'
    UNION ALL
    SELECT skill, side, 'iterations', iterations FROM sided WHERE kind = 'run' AND outcome IS NOT NULL
    UNION ALL
    SELECT skill, side, 'retries', retries FROM sided WHERE kind = 'run' AND outcome IS NOT NULL
    UNION ALL
    SELECT skill, side, 'window_duration', window_ms FROM sided
    WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT skill, side, 'window_tokens',
        CASE WHEN coalesce(tokens_input, tokens_output) IS NOT NULL
        THEN coalesce(tokens_input, 0) + coalesce(tokens_output, 0) END
    FROM sided WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT skill, side, 'window_failed_calls', failed_tool_calls FROM sided
    WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT skill, side, 'edit_success', last_ok FROM edits
    UNION ALL
    SELECT skill, side, 'edit_first_try', first_ok FROM edits WHERE last_ok IS NOT NULL
    UNION ALL
    SELECT skill, side, 'edit_duration', duration_ms FROM edits
    UNION ALL
    SELECT skill, side, 'edit_tokens', tokens FROM edits
)
SELECT skill, metric, side, value, count(*) AS n
FROM measured
WHERE value >= 0
GROUP BY skill, metric, side, value
ORDER BY skill NULLS LAST, metric, side, value
