-- compare: what Python makes the rows of `compare` of. The sides come in as the table `compared`; what
-- is null there does not choose. Attempts of one edit depend on each other, so the edit is what is
-- counted, on the side of its first attempt. Values are a to e: strata.py says which metric each is.
-- Sessions that are in one stratum and on one side are summed up together, in one row for each of several
-- people.
--   kind      run | load | edit
--   skill     the skill whose versions are compared; null for other comparisons
--   side      before | after
--   unit      the session, of a run or edit outside of any session itself; null for all those
--             together that have one row only
--   person    who did it, of several people: then people are what is counted; null in the store of one
--   model     of its stratum: like is compared with like
--   agent     of its stratum
--   project   of its stratum
--   request   of its stratum: the intent that the run classified
--   first     when the first of them began, ms since the epoch
--   last      when the last of them began, ms since the epoch
--   a_sessions  sessions with a value a
--   a_n         values a
--   a_total     their sum
--   a_tt        sum over the sessions of the square of their own sum
--   a_tn        sum over the sessions of their own sum times how many they have
--   a_nn        sum over the sessions of the square of how many they have
--   b_sessions  sessions with a value b
--   b_n         values b
--   b_total     their sum
--   b_tt        sum over the sessions of the square of their own sum
--   b_tn        sum over the sessions of their own sum times how many they have
--   b_nn        sum over the sessions of the square of how many they have
--   c_sessions  sessions with a value c
--   c_n         values c
--   c_total     their sum
--   c_tt        sum over the sessions of the square of their own sum
--   c_tn        sum over the sessions of their own sum times how many they have
--   c_nn        sum over the sessions of the square of how many they have
--   d_sessions  sessions with a value d
--   d_n         values d
--   d_total     their sum
--   d_tt        sum over the sessions of the square of their own sum
--   d_tn        sum over the sessions of their own sum times how many they have
--   d_nn        sum over the sessions of the square of how many they have
--   e_sessions  sessions with a value e
--   e_n         values e
--   e_total     their sum
--   e_tt        sum over the sessions of the square of their own sum
--   e_tn        sum over the sessions of their own sum times how many they have
--   e_nn        sum over the sessions of the square of how many they have
WITH requests AS (
    SELECT run_id, max(intent) AS request FROM intent_metrics WHERE run_id IS NOT NULL GROUP BY run_id
),
sided AS (
    SELECT
        s.skill AS skill, s.side AS side, coalesce(m.session_id, m.metric_id) AS unit,
        y.person AS person, m.model AS model, m.agent, p.project AS project, r.request,
        m.started AS started, m.kind, m.outcome, m.run_ms, m.run_tokens_input, m.run_tokens_output, m.iterations,
        m.retries, m.window_ms, m.tokens_input, m.tokens_output, m.failed_tool_calls
    FROM skill_metrics m
    LEFT JOIN run_versions v ON v.run_id = m.run_id
    LEFT JOIN version_spans l ON l.metric_id = m.metric_id
    LEFT JOIN session_projects p ON p.session_id = m.session_id
    LEFT JOIN row_people y ON y.row_key = m.metric_id
    LEFT JOIN requests r ON r.run_id = m.run_id
    JOIN compared s
        ON (s.skill IS NULL OR s.skill = m.skill)
        AND (s.span IS NULL OR s.span = coalesce(v.span, l.span))
        AND (s.since IS NULL OR m.started >= s.since)
        AND (s.until IS NULL OR m.started < s.until)
        AND (s.model IS NULL OR s.model = m.model)
    WHERE m.counted = 1 AND s.format IS NULL
),
-- Most edits are of no skill that is compared.
begun AS (
    SELECT *
    FROM edit_metrics
    WHERE attempt = 1
      AND (skill IN (SELECT skill FROM compared WHERE skill IS NOT NULL)
           OR EXISTS (SELECT 1 FROM compared WHERE skill IS NULL))
),
edits AS (
    SELECT
        s.skill AS skill, s.side AS side, coalesce(e.session_id, e.run_id, e.edit) AS unit,
        y.person AS person, e.model AS model, NULL AS agent, p.project AS project, NULL AS request,
        e.time AS started, e.success AS first_ok,
        CASE WHEN e.last = 1 THEN e.success ELSE c.last_ok END AS last_ok,
        CASE WHEN e.last = 1 THEN e.duration_ms ELSE c.duration_ms END AS duration_ms,
        CASE WHEN e.last = 1 THEN e.tokens ELSE c.tokens END AS tokens
    FROM begun e
    LEFT JOIN edit_chains c ON c.edit = e.edit
    LEFT JOIN run_versions v ON v.run_id = e.run_id
    LEFT JOIN session_projects p ON p.session_id = e.session_id
    LEFT JOIN row_people y ON y.row_key = e.attempt_id
    -- SQLite keeps the order of a CROSS JOIN: without, it looks at all edits for each side.
    CROSS JOIN compared s
    WHERE (s.skill IS NULL OR s.skill = e.skill)
        AND (s.span IS NULL OR s.span = v.span)
        AND (s.since IS NULL OR e.time >= s.since)
        AND (s.until IS NULL OR e.time < s.until)
        AND (s.model IS NULL OR s.model = e.model)
        AND (s.format IS NULL OR s.format = e.format)
),
measured AS (
    SELECT
        'run' AS kind, skill, side, unit, person, model, agent, project, request, started,
        CASE WHEN outcome = 'succeeded' THEN 1e0 WHEN outcome IN ('failed', 'escalated') THEN 0e0 END AS a,
        CASE WHEN run_ms >= 0 THEN ln(run_ms + 1e0) END AS b,
        CASE WHEN coalesce(run_tokens_input, run_tokens_output) >= 0
            THEN ln(coalesce(run_tokens_input, 0) + coalesce(run_tokens_output, 0) + 1e0) END AS c,
        CASE WHEN outcome IS NOT NULL AND iterations >= 0 THEN iterations * 1e0 END AS d,
        CASE WHEN outcome IS NOT NULL AND retries >= 0 THEN retries * 1e0 END AS e
    FROM sided WHERE kind = 'run'
    UNION ALL
    SELECT
        'load' AS kind, skill, side, unit, person, model, agent, project, request, started,
        CASE WHEN window_ms >= 0 THEN ln(window_ms + 1e0) END AS a,
        CASE WHEN coalesce(tokens_input, tokens_output) >= 0
            THEN ln(coalesce(tokens_input, 0) + coalesce(tokens_output, 0) + 1e0) END AS b,
        CASE WHEN failed_tool_calls >= 0 THEN failed_tool_calls * 1e0 END AS c,
        NULL AS d,
        NULL AS e
    FROM sided WHERE kind = 'load' AND outcome = 'succeeded'
    UNION ALL
    SELECT
        'edit' AS kind, skill, side, unit, person, model, agent, project, request, started,
        last_ok * 1e0 AS a,
        CASE WHEN last_ok IS NOT NULL THEN first_ok * 1e0 END AS b,
        CASE WHEN duration_ms >= 0 THEN ln(duration_ms + 1e0) END AS c,
        CASE WHEN tokens >= 0 THEN ln(tokens + 1e0) END AS d,
        NULL AS e
    FROM edits
),
summed AS (
    SELECT
        kind, skill, side, unit, person, model, agent, project, request,
        min(started) AS first, max(started) AS last,
        nullif(count(a), 0) AS a_n, sum(a) AS a,
        nullif(count(b), 0) AS b_n, sum(b) AS b,
        nullif(count(c), 0) AS c_n, sum(c) AS c,
        nullif(count(d), 0) AS d_n, sum(d) AS d,
        nullif(count(e), 0) AS e_n, sum(e) AS e
    FROM measured
    GROUP BY kind, skill, side, unit, person, model, agent, project, request
),
placed AS (
    SELECT
        kind, skill, side, person, model, agent, project, request, first, last,
        CASE WHEN count(*) OVER (PARTITION BY kind, skill, unit) > 1 THEN unit END AS unit,
        a_n, a,
        b_n, b,
        c_n, c,
        d_n, d,
        e_n, e
    FROM summed
)
SELECT
    kind, skill, side, unit, person, model, agent, project, request, min(first) AS first, max(last) AS last,
    count(a_n) AS a_sessions, sum(a_n) AS a_n, sum(a) AS a_total,
    sum(a * a) AS a_tt, sum(a * a_n) AS a_tn, sum(a_n * a_n) AS a_nn,
    count(b_n) AS b_sessions, sum(b_n) AS b_n, sum(b) AS b_total,
    sum(b * b) AS b_tt, sum(b * b_n) AS b_tn, sum(b_n * b_n) AS b_nn,
    count(c_n) AS c_sessions, sum(c_n) AS c_n, sum(c) AS c_total,
    sum(c * c) AS c_tt, sum(c * c_n) AS c_tn, sum(c_n * c_n) AS c_nn,
    count(d_n) AS d_sessions, sum(d_n) AS d_n, sum(d) AS d_total,
    sum(d * d) AS d_tt, sum(d * d_n) AS d_tn, sum(d_n * d_n) AS d_nn,
    count(e_n) AS e_sessions, sum(e_n) AS e_n, sum(e) AS e_total,
    sum(e * e) AS e_tt, sum(e * e_n) AS e_tn, sum(e_n * e_n) AS e_nn
FROM placed
GROUP BY kind, skill, side, unit, person, model, agent, project, request
ORDER BY kind, skill NULLS LAST, side, unit NULLS LAST, person NULLS LAST, model NULLS LAST, agent NULLS LAST, project NULLS LAST, request NULLS LAST
