-- edit_chains: one row an edit of several attempts, over the whole store. A filter must not cut a chain
-- in two: an edit that one model began and another finished is still one edit. An edit of one attempt,
-- which is its first and its last, is that attempt.
--   edit         the chain
--   attempts     its attempts
--   last_ok      1 when its last attempt succeeded, 0 when not, null when unknown
--   duration_ms  of its attempts together; null when one did not say
--   tokens       of its attempts together; null when one did not say
SELECT
    edit,
    count(*) AS attempts,
    max(CASE WHEN last = 1 THEN success END) AS last_ok,
    CASE WHEN count(duration_ms) = count(*) THEN sum(duration_ms) END AS duration_ms,
    CASE WHEN count(tokens) = count(*) THEN sum(tokens) END AS tokens
FROM edit_metrics
WHERE attempt > 1 OR last = 0
GROUP BY edit
