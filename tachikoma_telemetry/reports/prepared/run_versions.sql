-- run_versions: the version of its skill that a run was of, over the whole store: a filter must not
-- hide the load that says it.
--   run_id         the run
--   skill_version  of the last load of its skill before it began, in its session if there is one,
--                  else in any; null when none was
WITH moments AS (
    SELECT skill, session_id, run_id, started, 1 AS place, NULL AS skill_version
    FROM skill_metrics
    WHERE kind = 'run' AND skill IS NOT NULL AND started IS NOT NULL
    UNION ALL
    SELECT skill, session_id, NULL, started, 0, skill_version
    FROM skill_metrics
    WHERE kind = 'load' AND outcome = 'succeeded' AND skill_version IS NOT NULL
      AND skill IS NOT NULL AND started IS NOT NULL
),
numbered AS (
    SELECT
        skill, session_id, run_id, skill_version,
        sum(1 - place) OVER (
            PARTITION BY skill, session_id ORDER BY started, place
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS load_in_session,
        sum(1 - place) OVER (
            PARTITION BY skill ORDER BY started, place
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS load_in_all
    FROM moments
),
spread AS (
    SELECT
        run_id,
        CASE WHEN session_id IS NOT NULL THEN max(skill_version) OVER (
            PARTITION BY skill, session_id, load_in_session) END AS in_session,
        max(skill_version) OVER (PARTITION BY skill, load_in_all) AS in_all
    FROM numbered
)
SELECT run_id, coalesce(in_session, in_all) AS skill_version
FROM spread
WHERE run_id IS NOT NULL
