-- trend: one row a period (the table `buckets`) and thing that trend_of.subject names. Periods in
-- which nothing happened have no row. A row belongs to the period of its start.
-- CROSS JOIN keeps SQLite from reading the tables of other subjects first.
WITH said AS (
    SELECT
        m.session_id, sum(m.tokens_output) AS tokens,
        -- As in store/message_sums.sql, so that the order of rows does not matter.
        sum(CAST(m.cost AS BIGINT))
            + sum(CAST(round((m.cost - CAST(m.cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost
    FROM trend_of t
    CROSS JOIN messages m
    WHERE t.subject = 'sessions' AND m.counted = 1 AND m.role IN ('assistant', 'compaction')
    GROUP BY m.session_id
),
facts AS (
    SELECT
        b.period, b.started AS started, b.ended AS ended, t.subject, m.skill AS skill, NULL AS name, NULL AS model,
        m.counted AS uses,
        CASE WHEN m.kind <> 'run' OR m.counted = 0 THEN NULL
             WHEN m.outcome = 'succeeded' THEN 1
             WHEN m.outcome IN ('failed', 'escalated') THEN 0 END AS ok,
        m.run_ms AS duration_ms,
        CASE WHEN m.kind = 'load' THEN m.counted ELSE 0 END AS loads,
        CASE WHEN m.kind = 'run' THEN m.counted ELSE 0 END AS runs,
        m.iterations, m.retries,
        -- A run's step is in a window, too.
        CASE WHEN m.kind = 'load' THEN m.tokens_output END AS tokens,
        CASE WHEN m.kind = 'load' THEN m.cost END AS cost
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN skill_metrics m
    WHERE t.subject = 'skills' AND (m.kind = 'run' OR m.outcome = 'succeeded')
      AND m.started >= b.started AND m.started < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, m.skill, m.stage, NULL, 1, m.passed,
        m.duration_ms, NULL, NULL, NULL, NULL, m.tokens, NULL
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN iteration_metrics m
    WHERE t.subject = 'iterations' AND m.kind = 'iteration'
      AND m.time >= b.started AND m.time < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, NULL, m.format, m.model_key, 1, m.success,
        m.duration_ms, NULL, NULL, NULL, NULL, m.tokens, NULL
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN edit_metrics m
    WHERE t.subject = 'edits' AND m.success IS NOT NULL
      AND m.time >= b.started AND m.time < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, m.skill, m.mode, NULL, 1, m.success,
        m.duration_ms, NULL, NULL, NULL, NULL, m.tokens, NULL
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN rlm_metrics m
    WHERE t.subject = 'rlm'
      AND m.time - coalesce(m.duration_ms, 0) >= b.started
      AND m.time - coalesce(m.duration_ms, 0) < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, NULL, m.intent, NULL, 1, m.correct,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN intent_metrics m
    WHERE t.subject = 'intents'
      AND m.time >= b.started AND m.time < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, NULL, m.tool, NULL, 1,
        CASE WHEN m.outcome = 'succeeded' THEN 1
             WHEN m.outcome IN ('failed', 'timed_out', 'invalid') THEN 0 END,
        CASE WHEN m.outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
             THEN m.duration_ms * 1e0 END,
        NULL, NULL, NULL, NULL, NULL, NULL
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN calls m
    WHERE t.subject = 'tools' AND m.counted = 1 AND (m.tool IS NOT NULL OR m.skill IS NULL)
      AND m.started >= b.started AND m.started < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, NULL, NULL, m.model, 1, NULL,
        CASE WHEN m.completed >= m.created THEN (m.completed - m.created) * 1e0 END,
        NULL, NULL, NULL, NULL, m.tokens_output, m.cost
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN messages m
    WHERE t.subject = 'models' AND m.counted = 1 AND m.role IN ('assistant', 'compaction')
      AND m.created >= b.started AND m.created < b.ended
    UNION ALL
    SELECT
        b.period, b.started, b.ended, t.subject, NULL, NULL, NULL, 1, NULL,
        NULL, NULL, NULL, NULL, NULL, x.tokens, x.cost
    FROM trend_of t
    CROSS JOIN buckets b
    CROSS JOIN sessions m
    LEFT JOIN said x ON x.session_id = m.session_id
    WHERE t.subject = 'sessions'
      AND m.created >= b.started AND m.created < b.ended
),
-- What OpenCode renamed counts under the newest of its names that is here.
newest AS (
    SELECT
        r.family, r.tool,
        row_number() OVER (PARTITION BY r.family ORDER BY r.rank DESC) AS rn
    FROM (SELECT DISTINCT name FROM facts WHERE subject = 'tools') f
    JOIN renamed_tools r ON r.tool = f.name
),
named AS (
    SELECT
        f.period, f.started AS started, f.ended AS ended, f.subject AS subject, f.skill AS skill, coalesce(n.tool, f.name) AS name, f.model AS model,
        f.uses, f.ok, f.duration_ms, f.loads, f.runs, f.iterations, f.retries, f.tokens, f.cost
    FROM facts f
    LEFT JOIN renamed_tools r ON r.tool = f.name AND f.subject = 'tools'
    LEFT JOIN newest n ON n.family = r.family AND n.rn = 1
),
counts AS (
    SELECT
        period, started, ended, subject, skill, name, model,
        sum(uses) AS uses, sum(ok) AS s, count(ok) AS n, sum(loads) AS loads, sum(runs) AS runs,
        sum(iterations) AS iterations, sum(retries) AS retries, sum(tokens) AS tokens,
        -- As in `said`.
        sum(CAST(cost AS BIGINT))
            + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost
    FROM named
    GROUP BY period, started, ended, subject, skill, name, model
),
ranked AS (
    SELECT
        started, skill, name, model, duration_ms,
        row_number() OVER (PARTITION BY started, skill, name, model ORDER BY duration_ms) AS rn,
        count(*) OVER (PARTITION BY started, skill, name, model) AS n
    FROM named
    WHERE duration_ms IS NOT NULL
),
medians AS (
    SELECT started, skill, name, model, duration_ms
    FROM ranked
    WHERE rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
)
SELECT
    c.period,
    c.skill,
    c.subject,
    c.name,
    c.model,
    c.started,
    c.ended,
    -- A skill that is loaded once and records one run was used once.
    CASE WHEN c.subject = 'skills' THEN c.runs ELSE c.uses END AS uses,
    c.s AS succeeded,
    c.n AS finished,
    c.s * 1e0 / nullif(c.n, 0) AS success_rate,
    m.duration_ms AS duration_p50_ms,
    c.loads,
    c.runs,
    c.iterations,
    c.retries,
    c.tokens,
    c.cost
FROM counts c
LEFT JOIN medians m
    ON m.started = c.started AND m.skill IS NOT DISTINCT FROM c.skill
    AND m.name IS NOT DISTINCT FROM c.name AND m.model IS NOT DISTINCT FROM c.model
ORDER BY
    c.started NULLS LAST, CASE WHEN c.subject = 'skills' THEN c.runs ELSE c.uses END DESC,
    c.loads DESC NULLS LAST, c.skill NULLS LAST, c.name NULLS LAST, c.model NULLS LAST
