-- skill_uses: what was ever used of a skill, over the whole store: a filter must not make a skill look
-- unused.
--   skill         its name
--   loads         loads that succeeded; a fork's copies do not count
--   runs          runs, recorded or seen as shell calls
--   reads         calls of `read` on a SKILL.md of that name; `/name` commands, in rows that an earlier
--                 version stored and whose source is gone
--   instrumented  1 when its code ever recorded an event, else 0
--   last_used     start of its last load, read or run, ms since the epoch
WITH uses AS (
    SELECT
        skill,
        CASE WHEN kind = 'load' THEN 1 ELSE 0 END AS a_load,
        CASE WHEN kind = 'run' THEN 1 ELSE 0 END AS a_run,
        0 AS a_read, CASE WHEN kind = 'run' AND source = 'event' THEN 1 ELSE 0 END AS an_event,
        started AS moment
    FROM skill_metrics
    WHERE counted = 1 AND (kind = 'run' OR outcome = 'succeeded')
    UNION ALL
    SELECT read_skill, 0, 0, 1, 0, started
    FROM calls
    WHERE read_skill IS NOT NULL AND counted = 1 AND outcome = 'succeeded'
    UNION ALL
    SELECT read_skill, 0, 0, 1, 0, created
    FROM messages
    WHERE read_skill IS NOT NULL AND counted = 1
    UNION ALL
    SELECT skill, 0, 0, 0, 1, NULL
    FROM events
    WHERE skill IS NOT NULL
)
SELECT
    skill, sum(a_load) AS loads, sum(a_run) AS runs, sum(a_read) AS reads,
    max(an_event) AS instrumented, max(moment) AS last_used
FROM uses
GROUP BY skill
