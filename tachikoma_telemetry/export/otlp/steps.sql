-- The messages that turns and steps are made of, a session after the other, each by time.
--   calls              how many calls of tools are in the message
--   others             1 when there is a call that the user made, a load or a command
--   followed           1 when another message of the model follows in the session; what a user
--                      writes meanwhile waits
WITH calls_of AS MATERIALIZED (
    SELECT message_id, count(tool) AS calls
    FROM calls
    WHERE counted = 1
    GROUP BY message_id
)
SELECT
    m.message_id, m.session_id, m.role, m.opens_turn, m.counted, m.created, m.completed, m.updated,
    m.provider, m.model, m.agent, m.tokens_input, m.tokens_output, m.tokens_reasoning,
    m.tokens_cache_read, m.tokens_cache_write, m.cost, m.error_type, m.turn_outcome, m.active_skill,
    coalesce(k.calls, 0) AS calls, k.message_id IS NOT NULL AS others,
    coalesce(
        max(CASE WHEN m.role = 'assistant' THEN m.created END) OVER (PARTITION BY m.session_id)
        > m.created,
        0
    ) AS followed
FROM messages m
LEFT JOIN calls_of k ON k.message_id = m.message_id
WHERE m.role IN ('assistant', 'idle') OR m.opens_turn = 1
ORDER BY m.session_id, m.created
