-- message_sums: the messages that count, added up by session, role and model, and by whether a skill
-- was active. The columns are those of the table in schema.sql.
SELECT
    session_id, role, model,
    CASE WHEN active_skill IS NULL THEN 0 ELSE 1 END AS in_window,
    count(*) AS messages,
    sum(tokens_input) AS tokens_input,
    sum(tokens_output) AS tokens_output,
    sum(tokens_reasoning) AS tokens_reasoning,
    sum(tokens_cache_read) AS tokens_cache_read,
    sum(tokens_cache_write) AS tokens_cache_write,
    -- Floats added in another order make another sum, whole numbers do not: dollars, and their
    -- millionth millionths.
    sum(CAST(cost AS BIGINT))
        + sum(CAST(round((cost - CAST(cost AS BIGINT)) * 1e12) AS BIGINT)) / 1e12 AS cost,
    -- What the user stopped is no error: MessageAbortedError in OpenCode 1.x, aborted in 2.x.
    sum(CASE WHEN error_type NOT IN ('MessageAbortedError', 'aborted') THEN 1 ELSE 0 END) AS errors,
    min(created) AS created_first,
    max(created) AS created_last,
    max(coalesce(completed, created)) AS ended_last
FROM messages
WHERE counted = 1
GROUP BY session_id, role, model, CASE WHEN active_skill IS NULL THEN 0 ELSE 1 END
