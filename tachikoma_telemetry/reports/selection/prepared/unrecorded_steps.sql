-- unrecorded_steps: what the ends that name no run say beyond what was recorded, over the whole store.
-- Such a run has no events of its own: a step of no run belongs to the next such end of its skill, if
-- that run had begun. One row a run of that kind.
--   run_id      the run
--   iterations  iterations that its end says and no event recorded; null when it does not say how many
--   retries     likewise
WITH moments AS (
    SELECT m.skill, e.time AS moment, m.run_id, CASE WHEN m.run_ms IS NOT NULL THEN m.started END AS began,
           m.iterations, m.retries, 0 AS is_step
    FROM skill_metrics m
    JOIN events e ON e.event_id = m.run_id AND e.run_id IS NULL
    WHERE m.kind = 'run' AND m.counted = 1
    UNION ALL
    SELECT skill, time, event_id, NULL,
           CASE WHEN kind = 'iteration' THEN 1 ELSE 0 END, CASE WHEN kind = 'retry' THEN 1 ELSE 0 END, 1
    FROM iteration_metrics
    WHERE run_id IS NULL AND source = 'event'
),
-- A step and the end that it belongs to have as many ends of that skill from them on.
numbered AS (
    SELECT
        skill, moment, run_id, began, iterations, retries, is_step,
        sum(1 - is_step) OVER (PARTITION BY skill ORDER BY moment DESC, is_step, run_id
                               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place
    FROM moments
),
recorded AS (
    SELECT r.run_id, sum(s.iterations) AS iterations, sum(s.retries) AS retries
    FROM numbered r
    JOIN numbered s ON s.skill IS NOT DISTINCT FROM r.skill AND s.place = r.place AND s.is_step = 1
    WHERE r.is_step = 0 AND (r.began IS NULL OR s.moment >= r.began)
    GROUP BY r.run_id
)
SELECT
    r.run_id,
    CASE WHEN r.iterations > coalesce(e.iterations, 0) THEN r.iterations - coalesce(e.iterations, 0)
         WHEN r.iterations IS NOT NULL THEN 0 END AS iterations,
    CASE WHEN r.retries > coalesce(e.retries, 0) THEN r.retries - coalesce(e.retries, 0)
         WHEN r.retries IS NOT NULL THEN 0 END AS retries
FROM numbered r
LEFT JOIN recorded e ON e.run_id = r.run_id
WHERE r.is_step = 0
