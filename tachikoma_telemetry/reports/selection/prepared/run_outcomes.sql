-- run_outcomes: what became of the runs that neither said how they ended nor ended with their call,
-- over the whole store. Never stored, for it depends on when one asks.
--   run_id     the run
--   outcome    running     the call of its last event still runs, or that event is less than 6 hours
--                          (21600000 ms) before parameters.now
--              unfinished  its last process left it to another one, which did not come: the user wrote
--                          again in its session, a skill was loaded there, or 6 hours passed; or it is a
--                          shell call that has ended, whose exit code is another command's
--              abandoned   its process ended without a word: it is known to be gone (the table `gone`),
--                          6 hours passed, or the call of its last event is abandoned
--                          (prepared/call_outcomes.sql)
WITH open_runs AS (
    SELECT run_id, source, session_id, last_call, coalesce(left_open, 0) AS left_open,
           coalesce(last_seen, ended, started) AS last_seen
    FROM skill_metrics
    WHERE kind = 'run' AND outcome IS NULL
),
turns AS (
    SELECT o.run_id, max(m.created) AS turn
    FROM open_runs o
    JOIN messages m ON m.session_id = o.session_id AND m.opens_turn = 1
    WHERE o.left_open = 1
    GROUP BY o.run_id
),
loads AS (
    SELECT o.run_id, max(l.started) AS started
    FROM open_runs o
    JOIN skill_metrics l ON l.session_id = o.session_id AND l.kind = 'load'
                            AND l.outcome = 'succeeded' AND l.counted = 1
    WHERE o.left_open = 1
    GROUP BY o.run_id
)
SELECT
    o.run_id,
    CASE
        WHEN c.outcome = 'running' AND a.outcome IS NULL THEN 'running'
        WHEN o.source = 'call' AND c.outcome <> 'running' THEN 'unfinished'
        WHEN o.left_open = 1 AND (t.turn > o.last_seen OR l.started > o.last_seen
                                  OR o.last_seen <= p.now - 21600000)
            THEN 'unfinished'
        WHEN o.left_open = 0 AND (a.outcome = 'abandoned' OR g.run_id IS NOT NULL
                                  OR o.last_seen <= p.now - 21600000)
            THEN 'abandoned'
        WHEN o.last_seen IS NULL THEN 'abandoned'
        ELSE 'running'
    END AS outcome
FROM open_runs o
LEFT JOIN turns t ON t.run_id = o.run_id
LEFT JOIN loads l ON l.run_id = o.run_id
LEFT JOIN calls c ON c.call_key = o.last_call
LEFT JOIN call_outcomes a ON a.call_key = o.last_call
LEFT JOIN gone g ON g.run_id = o.run_id
CROSS JOIN parameters p
