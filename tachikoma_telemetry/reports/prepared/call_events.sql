-- call_events: how many events were recorded during a call, over the whole store.
--   call_key   the call
--   events     its events, joined exactly or by inference
SELECT call_key, count(*) AS events
FROM events
WHERE call_key IS NOT NULL
GROUP BY call_key
