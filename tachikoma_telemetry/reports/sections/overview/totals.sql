-- totals: one row: the whole in a few numbers. A fork's copies of calls and messages do not count.
--   sessions                   sessions that began
--   active_sessions            sessions with a message or call
--   messages                   messages of the assistant
--   calls                      tool calls
--   succeeded                  calls that succeeded
--   failed                     calls that failed, timed out or were invalid
--   success_rate               succeeded over succeeded + failed; null when none finished
--   success_low                its Wilson interval (95 %), lower end
--   success_high               its Wilson interval (95 %), upper end
--   cancelled                  calls that the user stopped or did not permit
--   abandoned                  calls that never ended (prepared/call_outcomes.sql)
--   running                    calls that may still run
--   tokens_input               input tokens, cached ones aside; null when no message told them
--   tokens_output              output tokens; null likewise
--   tokens_reasoning           reasoning tokens; null likewise
--   tokens_cache_read          input tokens read from cache; null likewise
--   tokens_cache_write         input tokens written to cache; null likewise
--   cost                       cost as OpenCode has it; null likewise
--   tokens_per_session_median  median over the sessions that told any, nearest rank, of all five
--                              kinds of tokens together; null without any
--   cost_per_day               cost over the days begun between the first message and the last
--   first_activity             first message, call or event, ms since the epoch; null without any
--   last_activity              last message, call or event, ms since the epoch; null without any
WITH said AS (
    SELECT
        session_id, messages, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
        tokens_cache_write, cost, created_first, created_last,
        CASE WHEN coalesce(tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
                           tokens_cache_write) IS NOT NULL
             THEN coalesce(tokens_input, 0) + coalesce(tokens_output, 0)
                  + coalesce(tokens_reasoning, 0) + coalesce(tokens_cache_read, 0)
                  + coalesce(tokens_cache_write, 0)
        END AS tokens
    FROM messages_by
    WHERE role = 'assistant'
),
messages_in_all AS (
    SELECT
        coalesce(sum(messages), 0) AS messages,
        sum(tokens_input) AS tokens_input,
        sum(tokens_output) AS tokens_output,
        sum(tokens_reasoning) AS tokens_reasoning,
        sum(tokens_cache_read) AS tokens_cache_read,
        sum(tokens_cache_write) AS tokens_cache_write,
        -- As in shared/messages_by.sql, so that the order of rows does not matter.
        sum(CAST(cost AS BIGINT))
            + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost,
        max(created_last) - min(created_first) AS span
    FROM said
),
calls_in_all AS (
    SELECT
        coalesce(sum(calls), 0) AS calls,
        coalesce(sum(CASE WHEN outcome = 'succeeded' THEN calls ELSE 0 END), 0) AS s,
        coalesce(sum(CASE WHEN outcome IN ('failed', 'timed_out', 'invalid')
                     THEN calls ELSE 0 END), 0) AS failed,
        coalesce(sum(CASE WHEN outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
                     THEN calls ELSE 0 END), 0) AS n,
        coalesce(sum(CASE WHEN outcome = 'cancelled' THEN calls ELSE 0 END), 0) AS cancelled,
        coalesce(sum(CASE WHEN outcome = 'abandoned' THEN calls ELSE 0 END), 0) AS abandoned,
        coalesce(sum(CASE WHEN outcome = 'running' THEN calls ELSE 0 END), 0) AS running
    FROM calls_by_tool
),
sessions_in_all AS (
    SELECT count(*) AS sessions FROM sessions
),
active AS (
    SELECT session_id FROM messages_by
    UNION
    SELECT session_id FROM calls_by_session
),
active_in_all AS (
    SELECT count(*) AS active_sessions FROM active
),
by_session AS (
    SELECT session_id, sum(tokens) AS tokens FROM said WHERE tokens IS NOT NULL GROUP BY session_id
),
ranked AS (
    SELECT tokens, row_number() OVER (ORDER BY tokens) AS rn, count(*) OVER () AS n
    FROM by_session
),
median AS (
    SELECT max(CASE WHEN rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n THEN tokens END) AS tokens
    FROM ranked
),
moments AS (
    SELECT created_first AS earliest, created_last AS latest FROM messages_by
    UNION ALL
    SELECT started_first, started_last FROM calls_by_session
    UNION ALL
    SELECT min(time), max(time) FROM events
),
activity AS (
    SELECT min(earliest) AS first_activity, max(latest) AS last_activity FROM moments
)
SELECT
    s.sessions,
    a.active_sessions,
    m.messages,
    c.calls,
    c.s AS succeeded,
    c.failed,
    c.s * 1e0 / nullif(c.n, 0) AS success_rate,
    CASE WHEN c.n > 0 AND c.s = 0 THEN 0e0
         ELSE (c.s + 1.9207294103470627e0 - 1.959963984540054e0
               * sqrt(1e0 * c.s * (c.n - c.s) / nullif(c.n, 0) + 0.9603647051735313e0))
              / (c.n + 3.8414588206941254e0)
    END AS success_low,
    CASE WHEN c.n > 0 AND c.s = c.n THEN 1e0
         ELSE (c.s + 1.9207294103470627e0 + 1.959963984540054e0
               * sqrt(1e0 * c.s * (c.n - c.s) / nullif(c.n, 0) + 0.9603647051735313e0))
              / (c.n + 3.8414588206941254e0)
    END AS success_high,
    c.cancelled,
    c.abandoned,
    c.running,
    m.tokens_input,
    m.tokens_output,
    m.tokens_reasoning,
    m.tokens_cache_read,
    m.tokens_cache_write,
    m.cost,
    d.tokens AS tokens_per_session_median,
    -- The days begun; a history of one moment is one day.
    m.cost * 86400000e0 / CASE WHEN m.span > 0
        THEN m.span + 86399999 - (m.span + 86399999) % 86400000 ELSE 86400000 END AS cost_per_day,
    t.first_activity,
    t.last_activity
FROM messages_in_all m
CROSS JOIN calls_in_all c
CROSS JOIN sessions_in_all s
CROSS JOIN active_in_all a
CROSS JOIN median d
CROSS JOIN activity t
