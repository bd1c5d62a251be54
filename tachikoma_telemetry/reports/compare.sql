-- compare: what Python makes the rows of `compare` of: one row a skill, metric and side. The sides
-- come in as the table `compared`; what is null there does not choose.
--   skill     the skill whose versions are compared; null for other comparisons
--   metric    what is measured (rows/compare.py says what each is)
--   side      before | after
--   n         runs, windows, attempts or edits that it is known of
--   total     sum of the values: of a rate, the successes
--   log_mean  mean of ln(value + 1)
--   log_var   variance of ln(value + 1), with n − 1; null when n = 1
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
attempts AS (
    SELECT s.skill, s.side, e.edit, e.attempt, e.success, e.duration_ms, e.tokens
    FROM edit_metrics e
    LEFT JOIN run_versions v ON v.run_id = e.run_id
    JOIN compared s
        ON (s.skill IS NULL OR s.skill = e.skill)
        AND (s.span IS NULL OR s.span = v.span)
        AND (s.since IS NULL OR e.time >= s.since)
        AND (s.until IS NULL OR e.time < s.until)
        AND (s.model IS NULL OR s.model = e.model)
        AND (s.format IS NULL OR s.format = e.format)
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
    SELECT skill, side, 'edit_success', success FROM attempts
    UNION ALL
    SELECT a.skill, a.side, 'edit_first_try', c.first_ok
    FROM attempts a JOIN edit_chains c ON c.edit = a.edit
    WHERE a.attempt = 1 AND c.last_ok IS NOT NULL
    UNION ALL
    SELECT skill, side, 'edit_duration', duration_ms FROM attempts
    UNION ALL
    SELECT skill, side, 'edit_tokens', tokens FROM attempts
),
logs AS (
    SELECT skill, metric, side, value, ln(value + 1e0) AS logged
    FROM measured
    WHERE value >= 0
),
means AS (
    SELECT skill, metric, side, count(*) AS n, sum(value) AS total, avg(logged) AS log_mean
    FROM logs
    GROUP BY skill, metric, side
),
deviations AS (
    SELECT l.skill, l.metric, l.side,
           sum((l.logged - m.log_mean) * (l.logged - m.log_mean)) AS squares
    FROM logs l
    JOIN means m ON m.metric = l.metric AND m.side = l.side AND m.skill IS NOT DISTINCT FROM l.skill
    GROUP BY l.skill, l.metric, l.side
)
SELECT
    m.skill, m.metric, m.side, m.n, m.total, m.log_mean,
    d.squares / nullif(m.n - 1e0, 0e0) AS log_var
FROM means m
JOIN deviations d ON d.metric = m.metric AND d.side = m.side AND d.skill IS NOT DISTINCT FROM m.skill
ORDER BY m.skill NULLS LAST, m.metric, m.side
