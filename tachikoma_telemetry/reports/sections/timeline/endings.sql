-- endings: one row a session with a message of a model: failed and interrupted as
-- OpenCode says; succeeded when the last message is complete, else unfinished.
WITH said AS (
    SELECT
        session_id, role, completed, error_type, turn_outcome,
        row_number() OVER (
            PARTITION BY session_id ORDER BY created DESC NULLS LAST, message_id DESC
        ) AS place
    FROM messages
    WHERE counted = 1 AND role IN ('assistant', 'idle')
)
SELECT
    session_id,
    CASE
        WHEN turn_outcome = 'interrupted' OR error_type = 'MessageAbortedError' THEN 'interrupted'
        WHEN turn_outcome = 'failed' OR error_type IS NOT NULL THEN 'failed'
        WHEN turn_outcome = 'succeeded' OR completed IS NOT NULL THEN 'succeeded'
        ELSE 'unfinished'
    END AS outcome,
    error_type
FROM said
WHERE place = 1
ORDER BY session_id
