-- chunk_sessions: what Python compares larger chunks with smaller ones by: one row a session and range
-- of sizes (see chunk_sizes.sql).
--   unit      of the sizes: chars, tokens, lines; null when unknown
--   low       lower edge of the range
--   session   the session; chunks outside of any by their run, else by themselves. Of several people
--             who ran it
--   person    the same of several people; null in the store of one
--   chunks    chunks of such a size whose end is known
--   failed    those that failed
WITH sized AS (
    SELECT
        m.unit, coalesce(y.person, m.session_id, m.run_id, m.event_id) AS session, y.person, m.success,
        CASE
            WHEN size < 1000 THEN 0 WHEN size < 2000 THEN 1000 WHEN size < 5000 THEN 2000
            WHEN size < 10000 THEN 5000 WHEN size < 20000 THEN 10000 WHEN size < 50000 THEN 20000
            WHEN size < 100000 THEN 50000 WHEN size < 200000 THEN 100000
            WHEN size < 500000 THEN 200000 WHEN size < 1000000 THEN 500000 ELSE 1000000
        END AS low
    FROM rlm_metrics m
    LEFT JOIN row_people y ON y.row_key = m.event_id
    WHERE m.success IS NOT NULL AND m.size >= 0
)
SELECT
    unit, low, session, person, count(*) AS chunks,
    sum(CASE WHEN success = 0 THEN 1 ELSE 0 END) AS failed
FROM sized
GROUP BY unit, low, session, person
ORDER BY unit NULLS LAST, low, session, person NULLS LAST
