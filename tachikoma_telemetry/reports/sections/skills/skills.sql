-- skills: one row a skill. A load is a call, or a command of the user, that loads a skill's text; its
-- window is what the agent does after it; a run is what skill code records. Tokens, cost and calls of
-- windows are attributed and never added to what runs report. Times are ms since the epoch, durations ms.
--   ended  runs that succeeded, failed or escalated
WITH used AS (
    SELECT
        skill,
        count(DISTINCT CASE WHEN kind = 'load' AND m.outcome = 'succeeded' AND counted = 1
              THEN skill_version END) AS versions,
        sum(CASE WHEN kind = 'load' AND m.outcome = 'succeeded' AND counted = 1
            THEN 1 ELSE 0 END) AS loads,
        sum(CASE WHEN kind = 'load' AND m.outcome = 'succeeded' AND counted = 1
            AND m.trigger = 'user' THEN 1 ELSE 0 END) AS loads_by_user,
        sum(CASE WHEN kind = 'load' AND m.outcome = 'succeeded' AND counted = 1
            AND m.trigger = 'nested' THEN 1 ELSE 0 END) AS loads_nested,
        sum(CASE WHEN kind = 'load' AND m.outcome NOT IN ('succeeded', 'running')
             AND counted = 1 THEN 1 ELSE 0 END) AS failed_loads,
        sum(CASE WHEN kind = 'run' AND counted = 1 THEN 1 ELSE 0 END) AS runs,
        sum(CASE WHEN kind = 'run' AND counted = 1 AND source = 'call'
            THEN 1 ELSE 0 END) AS runs_from_calls,
        sum(CASE WHEN kind = 'run' AND counted = 1 AND m.outcome = 'succeeded'
            THEN 1 ELSE 0 END) AS succeeded,
        sum(CASE WHEN kind = 'run' AND counted = 1 AND m.outcome = 'failed'
            THEN 1 ELSE 0 END) AS failed,
        sum(CASE WHEN kind = 'run' AND counted = 1 AND m.outcome = 'escalated'
            THEN 1 ELSE 0 END) AS escalated,
        sum(CASE WHEN kind = 'run' AND counted = 1 AND m.outcome = 'cancelled'
            THEN 1 ELSE 0 END) AS cancelled,
        sum(CASE WHEN o.outcome = 'abandoned' THEN 1 ELSE 0 END) AS abandoned,
        sum(CASE WHEN o.outcome = 'running' THEN 1 ELSE 0 END) AS running,
        sum(CASE WHEN o.outcome = 'unfinished' THEN 1 ELSE 0 END) AS unfinished,
        sum(CASE WHEN d.run_id IS NOT NULL THEN 1 ELSE 0 END) AS contradicted,
        sum(CASE WHEN kind = 'run' AND coalesce(run_tokens_input, run_tokens_output) IS NOT NULL
            THEN 1 ELSE 0 END) AS runs_with_tokens,
        sum(CASE WHEN kind = 'run' AND run_ms IS NOT NULL THEN 1 ELSE 0 END) AS runs_with_duration,
        -- What happened after a fork's copy of a load is new work, so copies' windows add up too.
        sum(CASE WHEN kind = 'load' THEN tokens_input END) AS tokens_input,
        sum(CASE WHEN kind = 'load' THEN tokens_output END) AS tokens_output,
        sum(CASE WHEN kind = 'load' THEN tokens_cache_read END) AS tokens_cache_read,
        -- As in store/message_sums.sql, so that the order of rows does not matter.
        sum(CASE WHEN kind = 'load' THEN CAST(cost AS BIGINT) END)
            + sum(CASE WHEN kind = 'load'
                  THEN CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT) END) / 1e12 AS cost,
        -- Steps are in windows, too: never added to those.
        sum(CASE WHEN kind = 'run' THEN tokens_input END) AS step_tokens_input,
        sum(CASE WHEN kind = 'run' THEN tokens_output END) AS step_tokens_output,
        sum(CASE WHEN kind = 'load' THEN tool_calls END) AS tool_calls,
        sum(CASE WHEN kind = 'load' THEN failed_tool_calls END) AS failed_tool_calls,
        sum(CASE WHEN kind = 'run' THEN run_tokens_input END) AS run_tokens_input,
        sum(CASE WHEN kind = 'run' THEN run_tokens_output END) AS run_tokens_output,
        count(DISTINCT CASE WHEN counted = 1 THEN m.session_id END) AS sessions,
        count(DISTINCT CASE WHEN counted = 1 THEN p.project END) AS projects,
        min(CASE WHEN counted = 1 THEN started END) AS first_used,
        max(CASE WHEN counted = 1 THEN started END) AS last_used
    FROM skill_metrics m
    LEFT JOIN session_projects p ON p.session_id = m.session_id
    LEFT JOIN run_outcomes o ON o.run_id = m.run_id
    LEFT JOIN contradictions d ON d.run_id = m.run_id
    GROUP BY skill
),
loops AS (
    SELECT
        skill,
        sum(CASE WHEN kind = 'iteration' THEN 1 ELSE 0 END) AS iterations,
        sum(CASE WHEN kind = 'retry' AND source = 'event' THEN 1 ELSE 0 END) AS retries,
        sum(CASE WHEN source = 'event' THEN 1 ELSE 0 END) AS from_events,
        count(DISTINCT CASE WHEN kind = 'iteration' AND number = maximum AND passed = 0
              THEN run_id END) AS max_reached
    FROM iteration_metrics
    GROUP BY skill
),
-- Runs whose ends name no run: the ends may say how many steps there were.
nameless AS (
    SELECT
        m.skill,
        coalesce(sum(x.iterations), 0) AS iterations,
        coalesce(sum(x.retries), 0) AS retries,
        count(*) - count(x.iterations) AS silent_on_iterations,
        count(*) - count(x.retries) AS silent_on_retries
    FROM skill_metrics m
    JOIN unrecorded_steps x ON x.run_id = m.run_id
    WHERE m.kind = 'run' AND m.counted = 1
    GROUP BY m.skill
),
measures AS (
    SELECT skill, 'run' AS measure, run_ms AS value FROM skill_metrics
    WHERE kind = 'run' AND counted = 1 AND run_ms IS NOT NULL
    UNION ALL
    SELECT skill, 'window', window_ms * 1e0 FROM skill_metrics
    WHERE kind = 'load' AND counted = 1 AND outcome = 'succeeded' AND window_ms IS NOT NULL
    UNION ALL
    SELECT skill, 'load', load_ms * 1e0 FROM skill_metrics
    WHERE kind = 'load' AND counted = 1 AND outcome = 'succeeded' AND load_ms IS NOT NULL
),
ranked AS (
    SELECT
        skill, measure, value,
        row_number() OVER (PARTITION BY skill, measure ORDER BY value) AS rn,
        count(*) OVER (PARTITION BY skill, measure) AS n
    FROM measures
),
percentiles AS (
    SELECT
        skill,
        max(CASE WHEN measure = 'run' AND rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
            THEN value END) AS run_p50_ms,
        max(CASE WHEN measure = 'run' AND rn * 100 >= 95 * n AND (rn - 1) * 100 < 95 * n
            THEN value END) AS run_p95_ms,
        max(CASE WHEN measure = 'window' AND rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
            THEN value END) AS window_p50_ms,
        max(CASE WHEN measure = 'window' AND rn * 100 >= 95 * n AND (rn - 1) * 100 < 95 * n
            THEN value END) AS window_p95_ms,
        max(CASE WHEN measure = 'load' AND rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
            THEN value END) AS load_p50_ms
    FROM ranked
    GROUP BY skill
),
by_age AS (
    SELECT
        skill, context_chars,
        row_number() OVER (PARTITION BY skill ORDER BY started DESC NULLS LAST, metric_id DESC) AS age
    FROM skill_metrics
    WHERE kind = 'load' AND counted = 1 AND outcome = 'succeeded' AND context_chars IS NOT NULL
),
names AS (
    SELECT skill FROM used
    UNION
    SELECT skill FROM loops
),
joined AS (
    SELECT
        n.skill AS skill,
        coalesce(u.versions, 0) AS versions,
        coalesce(u.loads, 0) AS loads,
        coalesce(u.loads_by_user, 0) AS loads_by_user,
        coalesce(u.loads_nested, 0) AS loads_nested,
        coalesce(u.failed_loads, 0) AS failed_loads,
        coalesce(u.runs, 0) AS runs,
        coalesce(u.runs_from_calls, 0) AS runs_from_calls,
        u.step_tokens_input, u.step_tokens_output,
        u.succeeded + u.failed + u.escalated AS ended,
        u.succeeded, u.failed, u.escalated, u.cancelled, u.abandoned, u.running, u.unfinished,
        u.contradicted, u.runs_with_tokens, u.runs_with_duration,
        u.tokens_input, u.tokens_output, u.tokens_cache_read, u.cost,
        u.tool_calls, u.failed_tool_calls, u.run_tokens_input, u.run_tokens_output,
        coalesce(u.sessions, 0) AS sessions,
        coalesce(u.projects, 0) AS projects,
        u.first_used, u.last_used,
        l.from_events > 0 OR u.runs > u.runs_from_calls AS recorded,
        coalesce(l.iterations, 0) + coalesce(x.iterations, 0) AS iterations,
        coalesce(l.retries, 0) + coalesce(x.retries, 0) AS retries,
        coalesce(x.silent_on_iterations, 0) AS silent_on_iterations,
        coalesce(x.silent_on_retries, 0) AS silent_on_retries,
        l.max_reached
    FROM names n
    LEFT JOIN used u ON u.skill IS NOT DISTINCT FROM n.skill
    LEFT JOIN loops l ON l.skill IS NOT DISTINCT FROM n.skill
    LEFT JOIN nameless x ON x.skill IS NOT DISTINCT FROM n.skill
)
SELECT
    j.skill AS skill,
    j.versions,
    j.loads AS loads,
    j.failed_loads,
    j.runs AS runs,
    CASE WHEN j.runs > 0 THEN j.succeeded END AS succeeded,
    CASE WHEN j.runs > 0 THEN j.failed END AS failed,
    j.ended,
    j.succeeded * 1e0 / nullif(j.ended, 0) AS success_rate,
    p.run_p50_ms,
    p.run_p95_ms,
    p.window_p50_ms,
    p.window_p95_ms,
    p.load_p50_ms,
    j.tokens_input,
    j.tokens_output,
    j.tokens_cache_read,
    j.cost,
    CAST((a.context_chars + 3 - (a.context_chars + 3) % 4) / 4e0 AS BIGINT) AS context_tokens,
    CASE WHEN j.recorded AND (j.iterations > 0 OR j.silent_on_iterations = 0)
         THEN j.iterations END AS iterations,
    CASE WHEN j.recorded AND (j.retries > 0 OR j.silent_on_retries = 0)
         THEN j.retries END AS retries,
    CASE WHEN j.recorded THEN coalesce(j.max_reached, 0) END AS max_iterations_reached,
    CASE WHEN j.runs > 0 THEN j.escalated END AS escalations,
    j.tool_calls,
    j.failed_tool_calls,
    j.sessions,
    j.projects,
    j.first_used,
    j.last_used AS last_used,
    j.run_tokens_input,
    j.run_tokens_output,
    CASE WHEN j.runs > 0 THEN j.cancelled END AS cancelled,
    CASE WHEN j.runs > 0 THEN j.abandoned END AS abandoned,
    CASE WHEN j.runs > 0 THEN j.running END AS running,
    CASE WHEN j.runs > 0 THEN j.unfinished END AS unfinished,
    CASE WHEN j.runs > 0 THEN j.contradicted END AS contradicted,
    CASE WHEN j.runs > 0 THEN j.runs_with_tokens END AS runs_with_tokens,
    CASE WHEN j.runs > 0 THEN j.runs_with_duration END AS runs_with_duration,
    CASE WHEN j.recorded OR i.instrumented = 1 THEN 1 ELSE 0 END AS instrumented,
    j.loads_by_user,
    j.loads_nested,
    j.runs_from_calls,
    j.step_tokens_input,
    j.step_tokens_output
FROM joined j
LEFT JOIN skill_uses i ON i.skill IS NOT DISTINCT FROM j.skill
LEFT JOIN percentiles p ON p.skill IS NOT DISTINCT FROM j.skill
LEFT JOIN by_age a ON a.skill = j.skill AND a.age = 1
-- A window that is all of what a filter left, of a copied load, makes no skill "used".
WHERE j.versions + j.loads + j.failed_loads + j.runs > 0
   OR j.tool_calls > 0 OR j.tokens_output > 0 OR j.iterations > 0 OR j.retries > 0
ORDER BY j.loads + j.runs DESC, j.failed_loads DESC, j.skill NULLS LAST
