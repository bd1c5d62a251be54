-- compare: what Python makes the rows of `compare` of: one row a skill, metric, side, session and
-- stratum. The sides come in as the table `compared`; what is null there does not choose. Attempts of
-- one edit depend on each other, so the edit is what is counted, on the side of its first attempt.
--   skill     the skill whose versions are compared; null for other comparisons
--   metric    what is measured (rows.py says what each is)
--   side      before | after
--   unit      the session; of a run or edit outside of any session itself
--   model     of its stratum: like is compared with like
--   agent     of its stratum
--   project   of its stratum
--   request   of its stratum: the intent that the run classified
--   n         runs, windows or edits
--   total     the sum of what was measured: of a rate the successes, of a duration or tokens the
--             logarithms of x + 1
--   first     when the first of them began, ms since the epoch
--   last      when the last of them began, ms since the epoch
WITH requests AS (
    SELECT run_id, max(intent) AS request FROM intent_metrics WHERE run_id IS NOT NULL GROUP BY run_id
),
sided AS (
    SELECT
        s.skill, s.side, coalesce(m.session_id, m.metric_id) AS unit, m.model, m.agent, p.project,
        r.request, m.started, m.kind, m.outcome, m.run_ms, m.run_tokens_input, m.run_tokens_output, m.iterations,
        m.retries, m.window_ms, m.tokens_input, m.tokens_output, m.failed_tool_calls
    FROM skill_metrics m
    LEFT JOIN run_versions v ON v.run_id = m.run_id
    LEFT JOIN version_spans l ON l.metric_id = m.metric_id
    LEFT JOIN session_projects p ON p.session_id = m.session_id
    LEFT JOIN requests r ON r.run_id = m.run_id
    JOIN compared s
        ON (s.skill IS NULL OR s.skill = m.skill)
        AND (s.span IS NULL OR s.span = coalesce(v.span, l.span))
        AND (s.since IS NULL OR m.started >= s.since)
        AND (s.until IS NULL OR m.started < s.until)
        AND (s.model IS NULL OR s.model = m.model)
    WHERE m.counted = 1 AND s.format IS NULL
),
edits AS (
    SELECT
        s.skill, s.side, coalesce(e.session_id, e.run_id, e.edit) AS unit, e.model,
        NULL AS agent, p.project, NULL AS request, e.time AS started,
        c.first_ok, c.last_ok, c.duration_ms, c.tokens
    FROM edit_metrics e
    JOIN edit_chains c ON c.edit = e.edit
    LEFT JOIN run_versions v ON v.run_id = e.run_id
    LEFT JOIN session_projects p ON p.session_id = e.session_id
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
    SELECT skill, side, unit, model, agent, project, request, started, 'success' AS metric,
        CASE WHEN outcome = 'succeeded' THEN 1e0 ELSE 0e0 END AS value
    FROM sided WHERE kind = 'run' AND outcome IN ('succeeded', 'failed', 'escalated')
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'duration',
        CASE WHEN run_ms >= 0 THEN ln(run_ms + 1e0) END
    FROM sided WHERE kind = 'run'
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'tokens',
        CASE WHEN coalesce(run_tokens_input, run_tokens_output) >= 0
        THEN ln(coalesce(run_tokens_input, 0) + coalesce(run_tokens_output, 0) + 1e0) END
    FROM sided WHERE kind = 'run'
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'iterations',
        iterations
    FROM sided WHERE kind = 'run' AND outcome IS NOT NULL
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'retries',
        retries
    FROM sided WHERE kind = 'run' AND outcome IS NOT NULL
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'window_duration',
        CASE WHEN window_ms >= 0 THEN ln(window_ms + 1e0) END
    FROM sided WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'window_tokens',
        CASE WHEN coalesce(tokens_input, tokens_output) >= 0
        THEN ln(coalesce(tokens_input, 0) + coalesce(tokens_output, 0) + 1e0) END
    FROM sided WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'window_failed_calls',
        failed_tool_calls
    FROM sided WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'edit_success',
        last_ok
    FROM edits
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'edit_first_try',
        first_ok
    FROM edits WHERE last_ok IS NOT NULL
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'edit_duration',
        CASE WHEN duration_ms >= 0 THEN ln(duration_ms + 1e0) END
    FROM edits
    UNION ALL
    SELECT skill, side, unit, model, agent, project, request, started, 'edit_tokens',
        CASE WHEN tokens >= 0 THEN ln(tokens + 1e0) END
    FROM edits
)
SELECT
    skill, metric, side, unit, model, agent, project, request,
    count(*) AS n, sum(value) AS total, min(started) AS first, max(started) AS last
FROM measured
WHERE value >= 0
GROUP BY skill, metric, side, unit, model, agent, project, request
ORDER BY skill NULLS LAST, metric, side, unit, model NULLS LAST, agent NULLS LAST, project NULLS LAST, request NULLS LAST
