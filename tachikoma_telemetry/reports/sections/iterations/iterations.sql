-- iterations: one row a stage of a skill's loops. Retries and escalations belong to no stage and
-- stand in the skill's row with stage null, as do iterations that name none; that row exists only
-- when there is one of these or a flaky run. An iteration outside of any run counts, but in no run.
--   skill               its name; null when the events gave none
--   stage               generate, verify, revise, or a free word; null for the skill's own row
--   runs                runs that recorded something for this row
--   iterations          iterations
--   passed              iterations that passed
--   pass_rate           passed over verdicts; null without any
--   pass_low            its Wilson interval (95 %), lower end
--   pass_high           its Wilson interval (95 %), upper end
--   verdicts            iterations that passed or did not: n of the rate
--   iterations_per_run  iterations inside runs over the runs that had any; null without
--   retries             recorded retries; null but in the row without a stage
--   retries_inferred    retries that nobody recorded: a bash command given again, in the same turn,
--                       after it had failed; null but in the row without a stage
--   max_reached         runs with an iteration index = max that did not pass
--   escalations         runs that escalated; null but in the row without a stage
--   flaky_runs          runs that succeeded, but not without a retry or an iteration that did not
--                       pass; null but in the row without a stage
WITH told AS (
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
    FROM told
    GROUP BY skill, stage
)
SELECT
    skill,
    stage,
    runs,
    iterations,
    passed,
    passed * 1e0 / nullif(verdicts, 0) AS pass_rate,
    CASE WHEN verdicts > 0 AND passed = 0 THEN 0e0
         ELSE (passed + 1.9207294103470627e0 - 1.959963984540054e0
               * sqrt(1e0 * passed * (verdicts - passed) / nullif(verdicts, 0)
                      + 0.9603647051735313e0)) / (verdicts + 3.8414588206941254e0)
    END AS pass_low,
    CASE WHEN verdicts > 0 AND passed = verdicts THEN 1e0
         ELSE (passed + 1.9207294103470627e0 + 1.959963984540054e0
               * sqrt(1e0 * passed * (verdicts - passed) / nullif(verdicts, 0)
                      + 0.9603647051735313e0)) / (verdicts + 3.8414588206941254e0)
    END AS pass_high,
    verdicts,
    inside * 1e0 / nullif(looping, 0) AS iterations_per_run,
    CASE WHEN stage IS NULL THEN retries END AS retries,
    CASE WHEN stage IS NULL THEN retries_inferred END AS retries_inferred,
    max_reached,
    CASE WHEN stage IS NULL THEN escalations END AS escalations,
    CASE WHEN stage IS NULL THEN flaky END AS flaky_runs
FROM counts
ORDER BY skill NULLS LAST, stage NULLS LAST
