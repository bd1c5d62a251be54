-- iterations: one row a stage of a skill's loops. Retries and escalations belong to no stage and
-- are in the skill's row with stage null, as do iterations that name none; that row exists only
-- when there is one of these or a flaky run. An iteration outside of any run counts, but in no run.
WITH steps AS (
    SELECT skill, stage, run_id,
           1 AS iteration, CASE WHEN passed = 1 THEN 1 ELSE 0 END AS passed,
           CASE WHEN passed IS NOT NULL THEN 1 ELSE 0 END AS verdict,
           CASE WHEN number = maximum AND passed = 0 THEN run_id END AS spent,
           0 AS retry, 0 AS repeat, 0 AS escalation, 0 AS flaky
    FROM iteration_metrics WHERE kind = 'iteration'
    UNION ALL
    SELECT skill, NULL, run_id, 0, 0, 0, NULL,
           CASE WHEN source = 'event' THEN 1 ELSE 0 END,
           CASE WHEN source = 'event' THEN 0 ELSE 1 END, 0, 0
    FROM iteration_metrics WHERE kind = 'retry'
    UNION ALL
    SELECT skill, NULL, run_id, 0, 0, 0, NULL, 0, 0, 1, 0
    FROM skill_metrics WHERE kind = 'run' AND counted = 1 AND outcome = 'escalated'
    UNION ALL
    -- It recorded its steps in the rows of their stages, and counts as a run there.
    SELECT skill, NULL, NULL, 0, 0, 0, NULL, 0, 0, 0, 1
    FROM skill_metrics
    WHERE kind = 'run' AND counted = 1 AND outcome = 'succeeded'
      AND run_id IN (SELECT run_id FROM iteration_metrics
                     WHERE passed = 0 OR (kind = 'retry' AND source = 'event'))
),
counts AS (
    SELECT
        skill, stage,
        count(DISTINCT run_id) AS runs,
        sum(iteration) AS iterations,
        sum(passed) AS passed,
        sum(verdict) AS verdicts,
        sum(CASE WHEN run_id IS NOT NULL THEN iteration ELSE 0 END) AS inside,
        count(DISTINCT CASE WHEN iteration = 1 THEN run_id END) AS looping,
        count(DISTINCT spent) AS max_reached,
        sum(retry) AS retries,
        sum(repeat) AS retries_inferred,
        sum(escalation) AS escalations,
        sum(flaky) AS flaky
    FROM steps
    GROUP BY skill, stage
)
SELECT
    skill,
    stage,
    runs,
    iterations,
    passed,
    passed * 1e0 / nullif(verdicts, 0) AS pass_rate,
    verdicts,
    inside * 1e0 / nullif(looping, 0) AS iterations_per_run,
    CASE WHEN stage IS NULL THEN retries END AS retries,
    CASE WHEN stage IS NULL THEN retries_inferred END AS retries_inferred,
    max_reached,
    CASE WHEN stage IS NULL THEN escalations END AS escalations,
    CASE WHEN stage IS NULL THEN flaky END AS flaky_runs
FROM counts
ORDER BY skill NULLS LAST, stage NULLS LAST
