-- messages_by: the messages that count, by session, role and model: what `totals`, `models` and
-- `sessions` each would add up again.
--   session_id          their session
--   role                assistant | user | skill | idle | compaction
--   model               provider/model; null when the message named none
--   messages            how many
--   tokens_input        input tokens without cached ones; null when no message reported them
--   tokens_output       output tokens; null likewise
--   tokens_reasoning    reasoning tokens; null likewise
--   tokens_cache_read   input tokens read from cache; null likewise
--   tokens_cache_write  input tokens written to cache; null likewise
--   cost                cost as OpenCode has it; null likewise
--   errors              messages that ended in an error; those that the user stopped did not
--   created_first       the first, ms since the epoch
--   created_last        the last
--   ended_last          the latest end, or start of those without an end
SELECT
    session_id, role, model,
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
GROUP BY session_id, role, model
