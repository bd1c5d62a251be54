-- turn_outcomes: the turns whose outcome OpenCode states, over the whole store: a filter must not hide
-- how a turn went on. No turn of a fork's copies is here.
--   message_id  the message that states it: the row that ends a turn of 2.x; in 1.x, and where 2.x was
--               killed, the turn's last message of the model, if that has an error
--   outcome     succeeded (2.x alone states that) failed interrupted
WITH with_errors AS (
    SELECT DISTINCT session_id FROM messages WHERE error_type IS NOT NULL AND counted = 1
),
steps AS (
    SELECT
        m.message_id, m.error_type,
        lead(CASE WHEN m.opens_turn = 1 THEN 'user' ELSE m.role END) OVER (
            PARTITION BY m.session_id
            ORDER BY m.created, CASE WHEN m.role = 'idle' THEN 1 ELSE 0 END, m.message_id
        ) AS next
    FROM with_errors e
    JOIN messages m ON m.session_id = e.session_id
    WHERE m.counted = 1 AND (m.opens_turn = 1 OR m.role IN ('assistant', 'idle'))
)
SELECT message_id, turn_outcome AS outcome
FROM messages
WHERE role = 'idle' AND counted = 1 AND turn_outcome IS NOT NULL
UNION ALL
-- What the user stopped is no failure: MessageAbortedError in OpenCode 1.x, aborted in 2.x.
SELECT
    message_id,
    CASE WHEN error_type IN ('MessageAbortedError', 'aborted') THEN 'interrupted' ELSE 'failed' END
FROM steps
WHERE error_type IS NOT NULL AND (next IS NULL OR next = 'user')
