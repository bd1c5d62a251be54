-- call_events: how many events of each type were recorded during a call, over the whole store.
--   call_key   the call
--   type       their type
--   events     how many, joined exactly or by inference
SELECT call_key, type, count(*) AS events
FROM events
WHERE call_key IS NOT NULL
GROUP BY call_key, type
ORDER BY call_key, type
