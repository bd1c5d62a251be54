-- contradictions: the runs that succeeded by their own word, in a call that ended with another exit
-- code than 0 and in which no other run recorded anything, over the whole store.
--   run_id     the run
--   call_key   the call that recorded its end
--   exit_code  of that call
WITH suspects AS (
    SELECT m.run_id, c.call_key AS call_key, c.exit_code
    FROM skill_metrics m
    JOIN calls c ON c.call_key = m.last_call
    WHERE m.kind = 'run' AND m.outcome = 'succeeded' AND c.exit_code <> 0
)
SELECT s.run_id, s.call_key, s.exit_code
FROM suspects s
JOIN events e ON e.call_key = s.call_key
GROUP BY s.run_id, s.call_key, s.exit_code
HAVING max(CASE WHEN e.run <> s.run_id THEN 1 ELSE 0 END) = 0
