-- The messages that turns and steps are made of, a session after the other, each by time.
--   calls, open_calls  of the message's calls that count: how many, and how many still run
--   followed           1 when another message of the model or turn follows in the session
WITH calls_of AS MATERIALIZED (
    SELECT message_id, count(*) AS calls, sum(CASE WHEN outcome = 'running' THEN 1 ELSE 0 END) AS open
    FROM calls
    WHERE counted = 1 AND tool IS NOT NULL
    GROUP BY message_id
)
SELECT
    m.message_id, m.session_id, m.role, m.opens_turn, m.counted, m.created, m.completed, m.updated,
    m.provider, m.model, m.agent, m.tokens_input, m.tokens_output, m.tokens_reasoning,
    m.tokens_cache_read, m.tokens_cache_write, m.cost, m.error_type, m.turn_outcome, m.active_skill,
    coalesce(k.calls, 0) AS calls, coalesce(k.open, 0) AS open_calls,
    lead(1, 1, 0) OVER (PARTITION BY m.session_id ORDER BY m.created) AS followed
FROM messages m
LEFT JOIN calls_of k ON k.message_id = m.message_id
WHERE m.role IN ('assistant', 'idle') OR m.opens_turn = 1
ORDER BY m.session_id, m.created
