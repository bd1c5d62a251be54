-- turns_by_session: the turns whose outcome is known, by session: what `totals` and `sessions` each
-- would count again.
--   session_id         their session
--   turns_succeeded    turns that succeeded; null when none of them is of 2.x, which alone states it
--   turns_failed       turns that ended in an error
--   turns_interrupted  turns that the user stopped
SELECT
    m.session_id,
    sum(CASE WHEN m.role <> 'idle' THEN NULL WHEN t.outcome = 'succeeded' THEN 1 ELSE 0 END)
        AS turns_succeeded,
    sum(CASE WHEN t.outcome = 'failed' THEN 1 ELSE 0 END) AS turns_failed,
    sum(CASE WHEN t.outcome = 'interrupted' THEN 1 ELSE 0 END) AS turns_interrupted
FROM turn_outcomes t
-- SQLite keeps this order, and looks at these messages only.
CROSS JOIN messages m
WHERE m.message_id = t.message_id
GROUP BY m.session_id
